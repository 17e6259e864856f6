// Palette indices as pixels.
import { penOf } from "../core/elements.mjs";
import { modes, palette } from "../core/state.mjs";

/** @type {Map<string[], Uint32Array>} */
const lookups = new Map(); // a mode's palette -> Uint32Array of 256 RGBA pixels

/** A mode's colours, in the theme of the page. @param {string} mode */
export const paletteOf = (mode) => palette()[modes[mode].palette];

/** A palette as 256 RGBA pixels, in the theme of the page. @param {string} mode */
function lookup(mode) {
  const key = paletteOf(mode);
  const known = lookups.get(key);
  if (known) return known;
  const table = new Uint32Array(256);
  key.forEach((colour, k) => {
    const rgb = parseInt(colour.slice(1), 16);
    table[k] = (255 << 24) | ((rgb & 255) << 16) | (rgb & 0xff00) | (rgb >> 16);
  });
  lookups.set(key, table);
  return table;
}

/**
 * Paint `width` × `height` palette indices on a canvas of as many pixels; 255 is nothing.
 * @param {HTMLCanvasElement} canvas @param {ArrayLike<number>} indices @param {number} width @param {string} mode
 * @param {number} height @param {(pixels: Uint32Array) => unknown} over
 */
export function paint(canvas, indices, width, mode, height = width, over = () => {}) {
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const context = penOf(canvas);
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const table = lookup(mode);
  for (let k = 0; k < pixels.length; k++) pixels[k] = table[indices[k]];
  over(pixels);
  context.putImageData(image, 0, 0);
}
