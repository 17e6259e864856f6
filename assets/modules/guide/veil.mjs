// The veil over a question that waits for its prediction: what would tell is neither shown, nor
// left in the page, nor reachable; messages that would tell wait until it is lifted.
import { blankFigures } from "../core/charts.mjs";
import { rest } from "../core/elements.mjs";
import { element, field, state, write } from "../core/page.mjs";
import { endDrawing } from "../own_data/draw.mjs";
import { sayReadouts } from "../settings/controls.mjs";
import { sayHands } from "../shell/undo.mjs";
import { blankPictures } from "../picture/picture.mjs";
import { forgetSurvey } from "../picture/survey.mjs";
import { forgetTables } from "../core/tables.mjs";

const TELLING = new Set(["panel", "counts", "change", "batch", "inspection", "line", "draws", "pair", "job", "survey", "collapse", "voronoi", "frame", "network", "unit", "surface"]);
const INERT = ".picture-frame, .pane-head, .layers, .mode-row > :not(.room-chip), .time-row, .picture-foot, .transport, .counters, #right, .differences";
const DISABLED = "play, step, rewind, reseed, theory, code, draw-data, compare-switch, ruler, sheet-grid, whole-window, lines-switch, draws, time-play, time-now, train-on, train-on-here, then-now".split(", ");
const SPOKEN = ".right > .panel [id], .pane-head [id], #count, #note, #story, #ruler-answer, #batch-text, #status, #rate, #card, .counters [id]:not(#step-count)";
const KEPT = "input, select, option, button, textarea, canvas, [data-text]"; // words of the page itself
/** @type {Map<string, () => void>} */
const waiting = new Map(); // key -> how it is shown

/**
 * Do something now, or once the veil is lifted: the newest of a key.
 * @param {string} type @param {string | string[]} part @param {() => void} show
 */
export function unlessVeiled(type, part, show) {
  if (!state.covered || !TELLING.has(type)) return show();
  const key = `${type} ${part}`;
  waiting.delete(key); // the order is that of the newest
  waiting.set(key, show);
}

/** Cover everything that would tell, or show what has come meanwhile. @param {boolean} covered */
export function veil(covered) {
  if (covered === Boolean(state.covered)) return;
  state.covered = covered;
  document.documentElement.toggleAttribute("data-covered", covered);
  for (const node of document.querySelectorAll(INERT)) node.inert = covered;
  for (const id of DISABLED) rest(field(id), "veil", covered); // inert buttons still hear keys
  if (covered) {
    endDrawing();
    blank();
  }
  sayReadouts();
  sayHands();
  const shows = [...waiting.values()];
  waiting.clear();
  if (!covered) for (const show of shows) show();
}

/** A question is opened anew under the veil: what the former one has left goes. */
export function blank() {
  waiting.clear();
  blankPictures();
  blankFigures();
  forgetSurvey();
  forgetTables();
  for (const node of document.querySelectorAll(SPOKEN)) {
    if (node.childElementCount || node.matches(KEPT)) continue;
    node.textContent = "";
    node.removeAttribute("title");
  }
  for (const id of ["funnel", "collapse-rows"]) element(id).replaceChildren();
  write("draws-answer", "");
  state.layers = 0; // no digit chooses one
}
