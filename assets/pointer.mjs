// The pointer of a lecture: a cross that the last row sees, with its coordinates beside it.
import { element, state } from "./page.mjs";
import { plotArea } from "./picture.mjs";

const cross = document.createElement("div");
const words = document.createElement("output");

export function watchLecturePointer() {
  cross.className = "lecture-pointer";
  cross.setAttribute("aria-hidden", "true"); // the inspector's card says the same
  cross.append(document.createElement("i"), words);
  element("picture-frame").append(cross);
}

/** Show it at a point in data units, or nowhere; called for the mouse, taps and arrow keys. */
export function pointAt(point) {
  const area = state.lecture && point ? plotArea() : null;
  cross.classList.toggle("shown", area !== null);
  if (!area) return;
  const [x, y] = [area.x(point[0]), area.y(point[1])];
  cross.style.transform = `translate(${area.left + x}px, ${area.top + y}px)`;
  cross.classList.toggle("at-right", x > 0.6 * area.width);
  cross.classList.toggle("at-bottom", y > 0.85 * area.height);
  words.textContent = coordinates(point);
}

/** (x₁, x₂) as precisely as a pixel is wide, in the page's language. */
function coordinates(point) {
  const [x0, x1] = state.view.window;
  const digits = Math.min(12, Math.max(2, Math.ceil(-Math.log10((x1 - x0) / 1000))));
  const format = new Intl.NumberFormat(document.documentElement.lang || "en", {
    minimumFractionDigits: digits, maximumFractionDigits: digits,
  });
  const [a, b] = point.map((v) => format.format(v).replace("-", "−"));
  const between = format.format(0.5).includes(",") ? "; " : ", ";
  return `(${a}${between}${b})`;
}
