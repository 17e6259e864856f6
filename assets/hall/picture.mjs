// The picture: indices out of a grey PNG, painted in this phone's colours; fingers zoom and move it.
import { penOf } from "../modules/core/elements.mjs";
import { data, element, modes, palette } from "../modules/core/state.mjs";
import { paint, paletteOf } from "../modules/picture/pixels.mjs";

const EDGE = 0.45; // of the light that a pixel at a boundary keeps
const [DARK, BRIGHT] = ["#14171d", "#ffffff"]; // of points
const SENT_MS = 120; // from window to window while fingers move
/** @type {Bounds} */
const FULL = [-5, 5, -5, 5];
const canvas = element("hall-canvas");
const raster = document.createElement("canvas");
/** @type {Uint8Array | null} */
let indices = null;
/** @type {HallHeader | null} */
let header = null; // of the picture on screen
/** @type {Messages["hall-points"]} */
let points = { points: [], labels: [], shares: null };
/** @type {Bounds | null} */
let window_ = null; // that fingers have made; null: the lecturer's
/** @type {(window: Bounds | null) => void} */
let chosen = () => {};
/** @type {Record<string, number>} */
const CORNERS = { "triangle-up": 3, diamond: 4, pentagon: 5 };
let due = 0;
let later = 0;

/** Have a function called with the window that fingers choose. @param {(window: Bounds | null) => void} handler */
export const onWindow = (handler) => (chosen = handler);

/**
 * Decode and show a frame; `drawn` is called once it is on screen.
 * @param {HallHeader} head @param {Uint8Array<ArrayBuffer>} body @param {() => void} drawn
 */
export async function show(head, body, drawn) {
  const found = await decode(body, head.width, head.height);
  [header, indices] = [head, found];
  requestAnimationFrame(() => {
    repaint();
    drawn();
  });
}

/** @param {Uint8Array<ArrayBuffer>} body @param {number} width @param {number} height */
async function decode(body, width, height) {
  /** @type {ImageBitmapOptions} */
  const options = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
  const image = await createImageBitmap(new Blob([body], { type: "image/png" }), options);
  const scratch = document.createElement("canvas");
  Object.assign(scratch, { width, height });
  const context = penOf(scratch, { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  image.close();
  const pixels = context.getImageData(0, 0, width, height).data;
  return Uint8Array.from({ length: width * height }, (_, k) => pixels[4 * k]);
}

/** @param {Messages["hall-points"]} message */
export function setPoints(message) {
  points = message;
  if (header) draw(header);
}

/** The same in other colours. */
export function repaint() {
  if (!header || !indices) return;
  const { width, height, mode } = header;
  const shown = indices;
  paint(raster, shown, width, mode, height, (pixels) => modes[mode].graded || shade(pixels, shown, width));
  draw(header);
}

/** Boundaries: darker where the neighbour to the right or below has another index. @param {Uint32Array} pixels @param {Uint8Array} indices @param {number} width */
function shade(pixels, indices, width) {
  for (let k = 0; k < pixels.length - width; k++) {
    if (indices[k] === indices[k + 1] && indices[k] === indices[k + width]) continue;
    const p = pixels[k];
    pixels[k] = 0xff000000 | ((((p >> 16) & 255) * EDGE) << 16) | ((((p >> 8) & 255) * EDGE) << 8) | ((p & 255) * EDGE);
  }
}

/**
 * What the square canvas shows of a window: all of it, as long as it is wide in proportion, as on the projector.
 * @param {Bounds} window @returns {Bounds}
 */
function square([x0, x1, y0, y1]) {
  const half = Math.max(x1 - x0, y1 - y0) / 2;
  const [x, y] = [(x0 + x1) / 2, (y0 + y1) / 2];
  return [x - half, x + half, y - half, y + half];
}

const seen = () => window_ ?? square(header?.window ?? FULL);

/** Where the window of the picture lies in the one that fingers have made. @param {HallHeader} header */
function draw({ window: theirs, mode }) {
  const side = Math.round(canvas.clientWidth * devicePixelRatio);
  if (!side) return;
  if (canvas.width !== side) Object.assign(canvas, { width: side, height: side });
  const context = penOf(canvas, { alpha: false });
  context.fillStyle = getComputedStyle(document.body).backgroundColor;
  context.fillRect(0, 0, side, side);
  const shown = seen();
  const x = (/** @type {number} */ v) => ((v - shown[0]) / (shown[1] - shown[0])) * side;
  const y = (/** @type {number} */ v) => ((shown[3] - v) / (shown[3] - shown[2])) * side;
  const [x0, x1, y0, y1] = theirs;
  context.imageSmoothingEnabled = false;
  context.drawImage(raster, x(x0), y(y1), x(x1) - x(x0), y(y0) - y(y1));
  context.save();
  if (!window_) { // beside the lecturer's window is nothing
    context.beginPath();
    context.rect(x(x0), y(y1), x(x1) - x(x0), y(y0) - y(y1));
    context.clip();
  }
  drawPoints(context, mode, x, y, Math.max(2, side / 170));
  context.restore();
}

/**
 * With the colour of their class or target where the picture has these colours, else plain: there colour means a cell.
 * @param {CanvasRenderingContext2D} context @param {string} mode @param {(value: number) => number} x @param {(value: number) => number} y
 * @param {number} size
 */
function drawPoints(context, mode, x, y, size) {
  const coloured = !modes[mode].of_layer && mode !== "unit";
  const look = points.shares ? ofTarget(points.shares, coloured) : ofClass(points.labels, coloured);
  points.points.forEach(([px, py], k) => {
    const { marker, fill, ring } = look(k);
    context.beginPath();
    trace(context, marker, x(px), y(py), size);
    context.fillStyle = fill;
    context.strokeStyle = ring;
    context.fill();
    context.stroke();
  });
}

/** @param {number[]} labels @param {boolean} coloured */
function ofClass(labels, coloured) {
  const { classes } = palette();
  return (/** @type {number} */ k) => {
    const label = labels[k];
    const [fill, ring] = coloured ? [classes[label % classes.length], DARK] : label % 2 ? [DARK, BRIGHT] : [BRIGHT, DARK];
    return { marker: data.markers[label % data.markers.length], fill, ring };
  };
}

/** In the colours of the output, or in greys, the smallest black. @param {number[]} shares @param {boolean} coloured */
function ofTarget(shares, coloured) {
  const levels = paletteOf("value");
  return (/** @type {number} */ k) => {
    const fill = coloured ? levels[Math.min(Math.floor(shares[k] * levels.length), levels.length - 1)] : `hsl(0 0% ${100 * shares[k]}%)`;
    return { marker: "circle", fill, ring: DARK };
  };
}

/** @param {CanvasRenderingContext2D} context @param {string} marker @param {number} x @param {number} y @param {number} r */
function trace(context, marker, x, y, r) {
  if (marker === "square") return context.rect(x - r, y - r, 2 * r, 2 * r);
  const corners = CORNERS[marker];
  if (!corners) return context.arc(x, y, r, 0, 7);
  for (let k = 0; k < corners; k++) {
    const angle = -Math.PI / 2 + (2 * Math.PI * k) / corners;
    context.lineTo(x + 1.3 * r * Math.cos(angle), y + 1.3 * r * Math.sin(angle));
  }
  context.closePath();
}

/** Choose a window, at once on screen; null is the lecturer's. @param {Bounds | null} next */
export function look(next) {
  window_ = next;
  if (header) draw(header);
  clearTimeout(later);
  const wait = due - performance.now();
  if (wait > 0) return (later = setTimeout(() => look(window_), wait));
  due = performance.now() + SENT_MS;
  chosen(window_);
}

export const wholeWindow = () => look(FULL);

/** @type {Map<number, Point>} */
const fingers = new Map();

/** @param {number} factor @param {Point} centre */
function zoom(factor, [cx, cy]) {
  const [x0, x1, y0, y1] = seen();
  const [u, v] = [x0 + (x1 - x0) * cx, y1 - (y1 - y0) * cy];
  look([u - (u - x0) * factor, u + (x1 - u) * factor, v - (v - y0) * factor, v + (y1 - v) * factor]);
}

/** @param {number} dx @param {number} dy */
function move(dx, dy) {
  const [x0, x1, y0, y1] = seen();
  const [u, v] = [dx * (x1 - x0), dy * (y1 - y0)];
  look([x0 - u, x1 - u, y0 + v, y1 + v]);
}

/** @param {MouseEvent} event @returns {Point} */
const place = ({ clientX, clientY }) => {
  const box = canvas.getBoundingClientRect();
  return [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
};

/** @param {Point[]} pair */
const apart = ([a, b]) => Math.hypot(a[0] - b[0], a[1] - b[1]);

canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  fingers.set(event.pointerId, place(event));
});
canvas.addEventListener("pointermove", (event) => {
  const was = fingers.get(event.pointerId);
  if (!header || !was) return;
  const before = [...fingers.values()];
  const now = place(event);
  fingers.set(event.pointerId, now);
  if (before.length === 1) move(now[0] - was[0], now[1] - was[1]);
  else if (before.length === 2) {
    const pair = [...fingers.values()];
    zoom(apart(before) / Math.max(apart(pair), 0.01), [(pair[0][0] + pair[1][0]) / 2, (pair[0][1] + pair[1][1]) / 2]);
  }
});
for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) canvas.addEventListener(end, (event) => fingers.delete(event.pointerId));
canvas.addEventListener("dblclick", (event) => header && zoom(0.5, place(event)));
canvas.addEventListener("wheel", (event) => {
  if (!header) return;
  event.preventDefault();
  zoom(Math.exp(event.deltaY * 0.0015), place(event));
}, { passive: false });
canvas.addEventListener("keydown", ({ key }) => {
  if (!header) return;
  if (key === "+") zoom(0.7, [0.5, 0.5]);
  else if (key === "-") zoom(1 / 0.7, [0.5, 0.5]);
});
addEventListener("resize", () => header && draw(header));
document.addEventListener("theme", repaint);
