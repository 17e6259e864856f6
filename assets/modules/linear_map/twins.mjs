// Two small pictures side by side: palette indices on a canvas each.
import { penOf } from "../core/elements.mjs";
import { element } from "../core/page.mjs";
import { paint } from "../picture/pixels.mjs";

const canvasOf = (/** @type {string} */ id) => /** @type {HTMLCanvasElement} */ (element(id));

/**
 * Paint a picture of side × side palette indices; 255 is nothing.
 * @param {string} id @param {Uint8Array} indices @param {number} side @param {string} mode
 */
export function paintTwin(id, indices, side, mode) {
  paint(canvasOf(id), indices, side, mode);
}

/**
 * Mark points of a picture, given in data units, that are not as they should be.
 * @param {string} id @param {number[]} points @param {Bounds} window
 */
export function markTwin(id, points, [x0, x1, y0, y1]) {
  const canvas = canvasOf(id);
  const context = penOf(canvas);
  context.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--danger");
  for (let k = 0; k < points.length; k += 2) {
    const x = ((points[k] - x0) / (x1 - x0)) * (canvas.width - 1);
    const y = ((y1 - points[k + 1]) / (y1 - y0)) * (canvas.height - 1);
    context.strokeRect(x - 2, y - 2, 5, 5);
  }
}
