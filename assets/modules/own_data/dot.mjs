// A point that is drawn by hand, in the colour of its class.
import { data, state } from "../core/state.mjs";

/** @typedef {[x: number, y: number, ofClass: number]} Drawn */

/** @param {number} k */
export const colour = (k) => data.palettes[state.theme].classes[k];

/** @param {CanvasRenderingContext2D} context @param {Area} area @param {Drawn} point */
export function dot(context, area, [x, y, k]) {
  const [px, py] = [area.x(x), area.y(y)];
  context.beginPath();
  context.arc(px, py, 3.5, 0, 2 * Math.PI);
  context.fillStyle = colour(k);
  context.strokeStyle = "#14171D";
  context.lineWidth = 1;
  context.fill();
  context.stroke();
}
