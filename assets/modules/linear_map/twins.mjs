// Two small pictures side by side: palette indices on a canvas each.
import { element } from "../core/page.mjs";
import { paint } from "../picture/pixels.mjs";

/** Paint a picture of side × side palette indices; 255 is nothing. */
export function paintTwin(id, indices, side, mode) {
  paint(element(id), indices, side, mode);
}

/** Mark points of a picture, given in data units, that are not as they should be. */
export function markTwin(id, points, [x0, x1, y0, y1]) {
  const canvas = element(id);
  const context = canvas.getContext("2d");
  context.strokeStyle = getComputedStyle(document.documentElement).getPropertyValue("--danger");
  for (let k = 0; k < points.length; k += 2) {
    const x = ((points[k] - x0) / (x1 - x0)) * (canvas.width - 1);
    const y = ((y1 - points[k + 1]) / (y1 - y0)) * (canvas.height - 1);
    context.strokeRect(x - 2, y - 2, 5, 5);
  }
}
