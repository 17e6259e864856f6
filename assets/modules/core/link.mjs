// The address always holds every setting of what is on screen, so that copying it shares it.
import { goalStep } from "./goal.mjs";
import { data, modes, state } from "./page.mjs";
import { keepLink } from "./tab.mjs";
import { layerShown } from "./view.mjs";

const FIRST = { histogram: state.histogram, loss_x: state.loss_x, loss_y: state.loss_y }; // as a link without them has it
const PERIOD_MS = 250; // browsers allow about 200 changes of the address in 30 s
const RELOAD_MS = 2000; // that a reload may take to leave: it opens the address that it began with
let due = 0; // when the address may be written again
let waiting = 0;
let settling = 0;

export function link() {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(state.accepted)) {
    if (state.opened && (name === "hidden" || name === "classes")) continue; // the file's
    if (value !== "") query.set(name, String(value)); // no hidden widths, no second network
  }
  query.set("layer", String(layerShown()));
  query.set("mode", modeShown());
  query.set("window", state.view.window.map((v) => String(v)).join(","));
  query.set("pixels", String(state.view.pixels));
  query.set("lines", String(state.view.lines));
  query.set("points", state.view.points);
  query.set("theme", state.theme);
  query.set("lang", state.language);
  if (state.lecture) query.set("lecture", "1");
  if (state.fold.controls !== null) query.set("controls", state.fold.controls.join(","));
  if (state.fold.hide.length) query.set("hide", state.fold.hide.join(","));
  if (linkedStep()) query.set("step", String(linkedStep()));
  if (state.stop !== null) query.set("stop_at", String(state.stop));
  if (state.view.unit) query.set("unit", state.view.unit.join(","));
  if (state.line && lineNamed()) query.set("line", state.line.join(","));
  if (state.side !== "pre") query.set("side", state.side);
  if (state.which !== "a") query.set("which", state.which);
  if (state.precision !== "float64") query.set("precision", state.precision);
  if (state.sheet) query.set("sheet", state.sheet);
  if (state.tab !== "overview") query.set("tab", state.tab);
  for (const name of /** @type {const} */ (["histogram", "loss_x", "loss_y"])) if (state[name] !== FIRST[name]) query.set(name, state[name]);
  /** @type {Record<string, string>} */
  const readable = { "%2C": ",", "%3A": ":", "%3B": ";" };
  return `${location.pathname}?${query}`.replace(/%2C|%3A|%3B/g, (code) => readable[code]);
}

const LOOKED = ["layer", "mode", "window", "pixels", "lines", "points", "unit", "line", "side", "which", "precision", "tab", ...Object.keys(FIRST)];

/** What is looked at, as the link has it: for a copy of the same experiment. @returns {Record<string, string>} */
export function lookedAt() {
  return Object.fromEntries([...new URL(link(), location.href).searchParams].filter(([name]) => LOOKED.includes(name)));
}

/** The mode of the picture: that of a task has another one's place (model/view.py, mode_for). */
function modeShown() {
  const { mode } = state.view, { task } = state.accepted;
  if (["", task].includes(modes[mode].task)) return mode;
  return task === "regression" ? "value" : "confidence";
}

/** The line across the middle of the picture, which the tab of the line draws by itself. @param {Bounds} window @returns {Ends} */
export function across([x0, x1, y0, y1]) {
  const middle = (y0 + y1) / 2;
  return [x0, middle, x1, middle];
}

const lineNamed = () =>
  state.line !== null && !(state.tab === "line" && String(state.line) === String(across(state.view.window)));

/** The step that the link opens: where settings and step lead to just this picture; 0: none. */
function linkedStep() {
  return goalStep() || (linkOpens() === "step" ? state.step : 0);
}

/** What the link opens, as the texts link_… say it: nothing is to be said where it is all there is. */
export function linkOpens() {
  if (goalStep()) return "goal";
  if (state.edited) return "edited";
  if (!state.step) return "all";
  const isOther = state.pictured !== state.mark; // the picture is of other settings than those of now
  if (!state.reproducible || (isOther && state.recalled)) return "changed";
  if (isOther) return "all"; // the next one comes
  if (state.step > data.farthest) return "far";
  return state.status === "training" && !state.recalled ? "moving" : "step";
}

/** Write the address, now or in a moment; a page that is left has written it. */
export function writeLink() {
  clearTimeout(waiting);
  const wait = due - performance.now();
  if (wait <= 0) return writeNow();
  waiting = setTimeout(writeNow, wait);
}

addEventListener("pagehide", () => waiting && writeNow());

function writeNow() {
  clearTimeout(waiting);
  clearTimeout(settling);
  waiting = 0;
  due = performance.now() + PERIOD_MS;
  const left = location.search; // what a reload that is under way opens
  const address = Object.keys(state.accepted).length ? link() : withoutExperiment();
  if (address !== location.pathname + location.search) history.replaceState(null, "", address);
  if (!state.session) return;
  keepLink(left);
  settling = setTimeout(keepLink, RELOAD_MS);
}

function withoutExperiment() {
  const asked = new URLSearchParams(location.search);
  asked.set("lang", state.language);
  return `${location.pathname}?${asked}`;
}
