// The page's scripts, in the order in which they need each other.
import { start } from "./stream.mjs";
import { watchCollapse } from "./collapse.mjs";
import { watchCode } from "./code.mjs";
import { watchCounts } from "./counts.mjs";
import { watchComparison } from "./compare.mjs";
import { watchControls } from "./controls.mjs";
import { watchKeys } from "./keyboard.mjs";
import { watchLecture } from "./lecture.mjs";
import { watchPointer } from "./inspector.mjs";
import { watchDraws } from "./survey.mjs";
import { watchRuler } from "./ruler.mjs";
import { watchSweep } from "./sweep.mjs";
import { watchSignal } from "./signal.mjs";
import { watchTabs } from "./tabs.mjs";
import { watchTheory } from "./theory.mjs";
import { watchTheme } from "./theme.mjs";
import { watchVoronoi } from "./voronoi.mjs";
import { whenPageStands } from "./page.mjs";

whenPageStands(() => {
  watchTheme();
  watchTheory();
  watchCode();
  watchLecture();
  watchTabs();
  watchControls();
  watchComparison();
  watchKeys();
  watchPointer();
  watchRuler();
  watchSignal();
  watchDraws();
  watchCollapse();
  watchCounts();
  watchVoronoi();
  watchSweep();
  start();
});
