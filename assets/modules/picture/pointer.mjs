// The pointer of a lecture: a cross that the last row sees, with its coordinates beside it.
import { within } from "../core/elements.mjs";
import { state } from "../core/page.mjs";
import { panes } from "./picture.mjs";

/** @type {Map<Which, HTMLElement>} */
const crosses = new Map(); // of each picture: "a", and "b" beside it

/** Show it at a point in data units, or nowhere; called for the mouse, taps and arrow keys. @param {Point | null} point */
export function pointAt(point) {
  if (!state.lecture) return crosses.forEach((cross) => cross.classList.remove("shown"));
  for (const pane of panes()) showAt(crossOf(pane), point ? pane.area() : null, point);
}

/** @param {import("./pane.mjs").Pane} pane */
function crossOf(pane) {
  const there = crosses.get(pane.which);
  if (there) return there;
  const cross = document.createElement("div");
  cross.className = "lecture-pointer";
  cross.setAttribute("aria-hidden", "true"); // the inspector's card says the same
  cross.append(document.createElement("i"), document.createElement("output"));
  pane.part("picture-frame").append(cross);
  crosses.set(pane.which, cross);
  return cross;
}

/** @param {HTMLElement} cross @param {Area | null} area @param {Point | null} point */
function showAt(cross, area, point) {
  cross.classList.toggle("shown", area !== null);
  if (!area || !point) return;
  const [x, y] = [area.x(point[0]), area.y(point[1])];
  cross.style.transform = `translate(${area.left + x}px, ${area.top + y}px)`;
  cross.classList.toggle("at-right", x > 0.6 * area.width);
  cross.classList.toggle("at-bottom", y > 0.85 * area.height);
  within(cross, "output").textContent = coordinates(point);
}

/** (x₁, x₂) as precisely as a pixel is wide, in the page's language. @param {Point} point */
function coordinates(point) {
  const [x0, x1] = state.view.window;
  const digits = Math.min(12, Math.max(2, Math.ceil(-Math.log10((x1 - x0) / 1000))));
  const format = new Intl.NumberFormat(state.language, {
    minimumFractionDigits: digits, maximumFractionDigits: digits,
  });
  const [a, b] = point.map((v) => format.format(v).replace("-", "−"));
  const between = format.format(0.5).includes(",") ? "; " : ", ";
  return `(${a}${between}${b})`;
}
