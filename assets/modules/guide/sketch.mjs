// What stands on the cover: a sketch of the network in question, what it is, and what is asked.
import { words } from "../core/page.mjs";
import { make } from "./view.mjs";

const [WIDTH, HEIGHT, FOOT] = [440, 170, 26];
const MOST = 5; // units that are drawn of a layer
const SPACE = "http://www.w3.org/2000/svg";

/** @param {Question} question @param {string} language */
export function coverView(question, language) {
  const named = question.named[language];
  const asked = make("p", { className: "cover-asked", said: words(`sheet.${question.name}.cover`) });
  return [sketch(question), make("p", { className: "cover-named", said: named }), asked];
}

/** A column of units per layer, the input first, with its width below and lines between. @param {Question} question */
function sketch({ sizes, activation }) {
  const svg = node("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "sketch", "aria-hidden": "true" });
  const columns = sizes.map((size, k) => unitsOf(size, 22 + (k * (WIDTH - 44)) / (sizes.length - 1)));
  columns.slice(1).forEach((column, k) => {
    for (const [x0, y0] of columns[k].units) {
      for (const [x1, y1] of column.units) svg.append(node("line", { x1: x0, y1: y0, x2: x1, y2: y1 }));
    }
  });
  columns.forEach(({ x, units, more }, k) => {
    const inner = k > 0 && k < sizes.length - 1;
    for (const [cx, cy] of units) svg.append(node("circle", { cx, cy, r: 4.5, class: inner ? `unit ${activation}` : "end" }));
    if (more) for (const dy of [-6, 0, 6]) svg.append(node("circle", { cx: x, cy: more + dy, r: 1.2, class: "more" }));
    const width = node("text", { x, y: HEIGHT - 6, "text-anchor": "middle" });
    width.textContent = String(sizes[k]);
    svg.append(width);
  });
  return svg;
}

/** Where a layer's units stand; of many the first ones, dots for the rest, and the last. @param {number} size @param {number} x */
function unitsOf(size, x) {
  const drawn = Math.min(size, MOST);
  const step = Math.min(28, (HEIGHT - FOOT - 16) / MOST);
  const y = (/** @type {number} */ k) => (HEIGHT - FOOT) / 2 + (k - (drawn - 1) / 2) * step;
  const places = [...Array(drawn).keys()].filter((k) => size <= MOST || k !== MOST - 2);
  return { x, units: places.map((k) => [x, y(k)]), more: size > MOST ? y(MOST - 2) : null };
}

/** @param {string} tag @param {Record<string, string | number>} attributes */
function node(tag, attributes) {
  const made = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}
