// How the picture is looked at: lines, points, grid and window, by the buttons below it.
import { element, setProps, state } from "../core/page.mjs";
import { lookAt, onView } from "../core/view.mjs";

const POINTS = ["train", "all", "none"]; // which data points lie over the picture
let pointsBefore = "train"; // they were hidden

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

function showLooks() {
  document.documentElement.toggleAttribute("data-shows-unit", Boolean(state.view.unit));
  setProps("layer", { value: String(state.view.layer) });
  setProps("mode", { value: state.view.mode });
  element("sheet-grid").setAttribute("aria-pressed", String(state.view.pixels === 101));
  element("lines-switch").setAttribute("aria-pressed", String(state.view.lines));
  for (const choice of POINTS) {
    element(`points-${choice}`).setAttribute("aria-pressed", String(choice === state.view.points));
  }
}
