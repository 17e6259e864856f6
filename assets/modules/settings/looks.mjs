// How the picture is looked at: lines, points, grid and window, by the buttons below it.
import { element, modes, setProps, state } from "../core/page.mjs";
import { send } from "../core/socket.mjs";
import { isNewest, layerShown, lookAt, onView, showView } from "../core/view.mjs";
import { setPrecision } from "../signal/signal.mjs";
import { showProblem } from "./problems.mjs";

const POINTS = ["train", "all", "none"]; // which data points lie over the picture
let pointsBefore = "train"; // they were hidden
let modeOfClasses = "confidence"; // that a regression had no place for; it comes back with classes
const known = { layer: "", mode: "" }; // that Dash has, as far as is known: what was chosen may be on its way

export function watchLooks() {
  onView(showLooks);
  element("sheet-grid").addEventListener("click", () => {
    lookAt({ pixels: state.view.pixels === 101 ? 401 : 101 }); // the same window, to the grid's points
  });
  element("lines-switch").addEventListener("click", () => lookAt({ lines: !state.view.lines }));
  for (const choice of POINTS) {
    element(`points-${choice}`).addEventListener("click", () => {
      element("points").open = false;
      lookAt({ points: choice });
    });
  }
  element("whole-window").addEventListener("click", () => lookAt({ window: state.opened?.window ?? [-5, 5, -5, 5] }));
}

/** Hide all data points, or show those again that were hidden. */
export function hidePoints() {
  const { points } = state.view;
  if (points !== "none") pointsBefore = points;
  lookAt({ points: points === "none" ? pointsBefore : "none" });
}

/** Dash has these now. @param {string} layer @param {string} mode */
export function heardLooks(layer, mode) {
  know({ layer: String(layer), mode });
}

/** The view as the server took it; false where it has been told another one since. @param {{ look: number, view: View }} message */
export function tookView({ look, view }) {
  if (!isNewest(look)) return false;
  const taken = Number(view.layer) === Number(state.view.layer); // else the box keeps what was typed, and what is wrong with it
  state.view = view;
  if (taken) showView();
  return true;
}

/** What was wrong with another layer is no longer said; what a link got wrong, before there was any, stays named. @param {typeof known} shown */
function know(shown) {
  if (known.layer && known.layer !== shown.layer) showProblem("layer");
  Object.assign(known, shown);
}

/** Only what is another is written: it would undo what was chosen just now, of which Dash tells later. */
function showChosen() {
  const layer = String(layerShown()), { mode } = state.view;
  if (known.layer !== layer) setProps("layer", { value: layer });
  if (known.mode !== mode) setProps("mode", { value: mode });
  know({ layer, mode });
}

/** Another experiment is shown by its cells: neither by a unit nor by two steps of the one before. @param {Partial<View>} [view] */
export function lookAtOther(view) {
  send({ type: "then-now", on: false });
  lookAt({ unit: null, ...view });
}

/** Look at a preset, and at nothing else: the first network, as it is now, before the activation, in float64. @param {Partial<View>} view */
export function lookAnew(view) {
  Object.assign(state, { side: "pre", which: "a" });
  setProps("side", { value: "pre" });
  setPrecision("float64");
  lookAtOther(view);
}

/** A regression has an output to look at instead of classes, and R² instead of accuracy. @param {string} task */
export function showTask(task) {
  document.documentElement.dataset.task = task;
  const { mode } = state.view;
  const { task: own } = modes[mode];
  if (own === "classes") modeOfClasses = mode;
  if (!["", task].includes(own) && state.connected) lookAt({ mode: task === "regression" ? "value" : modeOfClasses });
}

/** Whether a unit is in the picture. */
export const showsUnit = () => document.documentElement.toggleAttribute("data-shows-unit", Boolean(state.view.unit));

function showLooks() {
  showsUnit();
  showChosen();
  element("sheet-grid").setAttribute("aria-pressed", String(state.view.pixels === 101));
  element("lines-switch").setAttribute("aria-pressed", String(state.view.lines));
  for (const choice of POINTS) {
    element(`points-${choice}`).setAttribute("aria-pressed", String(choice === state.view.points));
  }
}
