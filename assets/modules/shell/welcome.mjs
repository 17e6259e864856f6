// The server's welcome: what a link, a reload or a new connection opens, shown everywhere.
import { setInside } from "../signal/inside.mjs";
import { offer } from "../core/again.mjs";
import { showReadouts, welcomeSettings } from "../settings/controls.mjs";
import { allSaid, showProblems } from "../settings/problems.mjs";
import { fold } from "../settings/folds.mjs";
import { ask } from "../picture/frames.mjs";
import { openLine } from "../picture/ruler.mjs";
import { setGoal } from "../core/goal.mjs";
import { welcomeGuide } from "../guide/guide.mjs";
import { setLanguage } from "./lang.mjs";
import { setLecture } from "./lecture.mjs";
import { writeLink } from "../core/link.mjs";
import { setProps, state, text } from "../core/page.mjs";
import { setPrecision } from "../signal/signal.mjs";
import { askTheTime, greeted, on, send, welcomed } from "../core/socket.mjs";
import { keepSession, offered } from "../core/tab.mjs";
import { chosenBefore, choosesShown } from "../network/chosen.mjs";
import { setTab } from "./tabs.mjs";
import { setTheme } from "./theme.mjs";
import { hush, toast } from "../core/toast.mjs";
import { look } from "../core/view.mjs";

export const watchWelcome = () => on("welcome", welcome);

/** @param {Welcome} message */
function welcome(message) {
  welcomed(message.server);
  keepSession(message.session);
  if (state.session !== message.session) state.step = 0; // until a frame says more
  state.session = message.session;
  offer(offered(message.fresh, message.resumed) ? message.before : null);
  setProps("session", { data: message.session });
  state.view = message.view;
  if (!(message.resumed && chosenBefore(message.session))) choosesShown();
  if (message.looks.lang && message.looks.lang !== state.language) setLanguage(message.looks.lang);
  fold(message);
  setGoal(message.step);
  state.stop = message.stop_at;
  setLecture(message.looks.lecture === "1");
  if (message.looks.theme) setTheme(message.looks.theme);
  if (message.looks.which) state.which = message.looks.which;
  openLine(message.line); // before its tab, which would draw one of its own
  if (message.looks.tab) setTab(message.looks.tab);
  if (message.looks.side) setProps("side", { value: message.looks.side });
  if (message.looks.precision) setPrecision(message.looks.precision);
  setInside(message.looks);
  welcomeSettings(message);
  showReadouts(message.readouts);
  showProblems(message.problems);
  if (message.note || message.problems.length) {
    toast(() => [message.note && ended(message), allSaid(message.problems)].filter(Boolean).join(" "));
  } else hush();
  setProps("preset", { value: state.preset = message.sheet ?? "none" });
  writeLink();
  look();
  send({ type: "visible", visible: !document.hidden });
  welcomeGuide(message.sheet);
  for (let k = 0; k < 4; k++) setTimeout(askTheTime, 150 * k);
  greeted();
  ask();
}

/** @type {Record<string, () => string>} */
const ENDED = {
  restarted: () => text("ended_restarted"),
  idle: () => text("ended_idle"),
  place: () => text("ended_place"),
  gone: () => text("ended_gone"),
};

/** The server does not have the experiment any more: why, and what became of it. @param {Welcome} message */
const ended = ({ note, step }) => (note === "back" ? text("back_as_stored") : `${ENDED[note]()} ${step ? text("again_to", { step }) : text("again")}`);
