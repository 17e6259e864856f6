// Boundary lines over the picture: one path per style, the heaviest last.
import { modes } from "../core/state.mjs";

/** @type {Record<Theme, string>} */
const INK = { light: "20,23,29", dark: "238,240,244" };
/** @type {Record<Theme, string>} */
const CELL_INK = { light: "20,23,29", dark: "7,9,12" }; // cells are light in both themes
// In a hall daylight takes contrast from black on dark cells: a white casing gives it back.
const HALL_CELLS = [[2.7, 1], [2.5, 1], [2.5, 1], [2.5, 0.3]];
const HALL_REGIONS = [[3.4, 1], [2.8, 1], [2.5, 1], [2.5, 0.3]];
/** Where the window lies, in the context's units. @typedef {{ left: number, right: number, top: number, bottom: number }} Corner */
const CASING = 3.2; // px, both sides together
const MOST_CASED = 6000; // beyond, casings would cover the cells
const SCALE = 65535; // a side of the window in the segments' coordinates
const CELLS = [[1.25, 0.9], [1.0, 0.7], [0.6, 0.5], [0.8, 0.22]]; // style -> [width, opacity]
const REGIONS = [[1.7, 0.85], [1.0, 0.7], [0.6, 0.5], [0.8, 0.22]];
const CLASSES = [[1.7, 0.9], [1.0, 0.7], [0.6, 0.5], [0.6, 0.16]]; // folds are thin: the boundary counts
const MOST_DASHED = 3000; // dashes cost a canvas several times a plain line

/**
 * Draw a frame's segments; `corner` says where the window lies, in the context's units.
 * @param {Pen} context @param {number} width @param {Frame} frame @param {Corner} corner
 * @param {{ theme: Theme, lecture: boolean }} look
 */
export function drawSegments(context, width, frame, corner, { theme, lecture }) {
  const { ends, styles, header } = frame;
  if (!styles.length) return;
  if (lecture) return drawForHall(context, width, frame, corner, theme);
  const { joint, of_layer } = modes[header.mode];
  const pens = joint ? REGIONS : of_layer ? CELLS : CLASSES;
  const thick = Math.min(1.6, Math.max(1, width / 560));
  for (let style = pens.length - 1; style >= 0; style--) {
    const [pen, opacity] = pens[style];
    context.lineWidth = pen * thick;
    context.strokeStyle = `rgba(${pens === CLASSES ? INK[theme] : CELL_INK[theme]},${opacity})`;
    context.setLineDash(style === 3 && styles.length < MOST_DASHED ? [4, 3] : []);
    trace(context, ends, styles, style, corner);
    context.stroke();
  }
}

/**
 * Opaque cores in a casing; all casings first, so that none cuts through a core.
 * @param {Pen} context @param {number} width @param {Frame} frame @param {Corner} corner @param {Theme} theme
 */
function drawForHall(context, width, { ends, styles, header }, corner, theme) {
  const pens = modes[header.mode].joint ? HALL_REGIONS : HALL_CELLS;
  const thick = Math.max(1, width / 800);
  const [core, casing] = theme === "dark" ? ["255,255,255", "0,0,0"] : ["0,0,0", "255,255,255"];
  for (const cased of styles.length < MOST_CASED ? [true, false] : [false]) {
    for (let style = pens.length - 1; style >= 0; style--) {
      if (cased && style === 3) continue;
      const [pen, full] = pens[style];
      const opacity = style === 3 && styles.length > MOST_DASHED ? full / 2 : full;
      context.lineWidth = (pen + (cased ? CASING : 0)) * thick;
      context.strokeStyle = `rgba(${cased ? casing : core},${opacity})`;
      context.setLineDash(style === 3 && styles.length < MOST_DASHED ? [6, 5] : []);
      trace(context, ends, styles, style, corner);
      context.stroke();
    }
  }
}

/** @param {Pen} context @param {Uint16Array} ends @param {Uint8Array} styles @param {number} style @param {Corner} corner */
function trace(context, ends, styles, style, { left, right, top, bottom }) {
  const [dx, dy] = [(right - left) / SCALE, (top - bottom) / SCALE];
  context.beginPath();
  for (let k = 0; k < styles.length; k++) {
    if (styles[k] !== style) continue;
    context.moveTo(left + ends[4 * k] * dx, bottom + ends[4 * k + 1] * dy);
    context.lineTo(left + ends[4 * k + 2] * dx, bottom + ends[4 * k + 3] * dy);
  }
}
