// Fingers on a picture. One of them up or down scrolls the page; sideways it moves the picture; two
// zoom about their middle. A tap asks what lies there, a double tap looks closer, or at the whole again.
import { state } from "../core/page.mjs";
import { dataPoint, inspectAt, pictureFrames } from "./inspector.mjs";
import { panes } from "./picture.mjs";
import { isMeasuring } from "./ruler.mjs";
import { gesture } from "./gesture.mjs";
import { lookAt } from "../core/view.mjs";

/** @type {Bounds} */
const FULL = [-5, 5, -5, 5];
/**
 * Fingers on a frame: the window and where they were as it began, the window as they have it now.
 * @typedef {{ frame: HTMLElement, pane: import("./pane.mjs").Pane, window: Bounds, from: Point[], mode: string, now?: Bounds }} Held
 */
const SLACK = 10; // px that a finger may move in a tap
const DOUBLE_MS = 320; // between the two taps
const NEARER = 2.5; // times, by a double tap
/** @type {Held | null} */
let held = null; // the gesture under way
let tapped = { at: 0, x: 0, y: 0 };

/** @type {["touchstart" | "touchmove" | "touchend" | "touchcancel", (event: On<TouchEvent>) => void][]} */
const HANDLERS = [["touchstart", begin], ["touchmove", move], ["touchend", end], ["touchcancel", cancel]];

export function watchTouch() {
  // In the first phase: Plotly, below, would take every finger for a mouse that draws a box.
  const options = { capture: true, passive: false };
  for (const frame of pictureFrames()) {
    for (const [kind, handler] of HANDLERS) {
      frame.addEventListener(kind, (event) => {
        event.stopPropagation();
        const drawing = document.documentElement.dataset.drawing !== undefined;
        if (!isMeasuring() && !gesture.holds && !drawing) handler(event);
      }, options);
    }
  }
}

/** @param {TouchEvent} event */
const points = (event) => [...event.touches].map(({ clientX, clientY }) => /** @type {Point} */ ([clientX, clientY]));
/** @param {Point[]} at @returns {Point} */
const middle = (at) => [mean(at.map(([x]) => x)), mean(at.map(([, y]) => y))];
/** @param {number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
/** @param {Point[]} pair */
const apart = ([a, b]) => Math.hypot(a[0] - b[0], a[1] - b[1]);

/** @param {On<TouchEvent>} event */
function begin(event) {
  const frame = event.currentTarget;
  const pane = panes()[pictureFrames().indexOf(frame)] ?? panes()[0];
  const at = points(event);
  if (at.length > 2 || !pane.area()) return;
  const several = at.length === 2;
  if (several) event.preventDefault();
  held = { frame, pane, window: held?.now ?? state.view.window, from: at, mode: several ? "pinch" : "tap" };
}

/** @param {On<TouchEvent>} event */
function move(event) {
  if (!held) return;
  const at = points(event);
  if (at.length !== held.from.length) return;
  if (held.mode === "tap") {
    const [dx, dy] = [at[0][0] - held.from[0][0], at[0][1] - held.from[0][1]].map(Math.abs);
    if (Math.max(dx, dy) > SLACK) held.mode = dx > dy ? "move" : "scroll";
  }
  if (held.mode !== "move" && held.mode !== "pinch") return;
  if (event.cancelable) event.preventDefault();
  const now = seen(held, at);
  held.now = now;
  for (const pane of panes()) pane.preview(now);
}

/** The window in which the data under the fingers' middle then lies under their middle now. @param {Held} held @param {Point[]} at @returns {Bounds} */
function seen({ pane, frame, window, from }, at) {
  const area = pane.area();
  if (!area) return window;
  const [x0, x1, y0, y1] = window;
  const box = frame.getBoundingClientRect();
  const share = (/** @type {Point} */ [x, y]) => [(x - box.left - area.left) / area.width, 1 - (y - box.top - area.top) / area.height];
  const [[u0, v0], [u1, v1]] = [share(middle(from)), share(middle(at))];
  const scale = at.length === 2 ? apart(from) / Math.max(1, apart(at)) : 1;
  const [width, height] = [(x1 - x0) * scale, (y1 - y0) * scale];
  const [left, bottom] = [x0 + u0 * (x1 - x0) - u1 * width, y0 + v0 * (y1 - y0) - v1 * height];
  return [left, left + width, bottom, bottom + height];
}

/** @param {On<TouchEvent>} event */
function end(event) {
  if (!held) return;
  const { mode, now } = held;
  if (mode === "tap" && !event.touches.length) {
    event.preventDefault(); // no mouse follows
    tap(event);
  }
  if (mode === "pinch" && event.touches.length) { // one finger is left, and goes on moving
    held = { ...held, window: now ?? held.window, from: points(event), mode: "move" };
    return;
  }
  held = null;
  if (now) lookAt({ window: now });
}

function cancel() {
  const now = held?.now;
  held = null;
  if (now) lookAt({ window: now });
}

/** @param {On<TouchEvent>} event */
function tap(event) {
  const { clientX: x, clientY: y, currentTarget } = { ...place(event), currentTarget: event.currentTarget };
  const point = dataPoint({ clientX: x, clientY: y, currentTarget });
  const again = event.timeStamp - tapped.at < DOUBLE_MS && Math.hypot(x - tapped.x, y - tapped.y) < 4 * SLACK;
  tapped = again ? { at: 0, x, y } : { at: event.timeStamp, x, y };
  if (!point) return;
  if (!again) return inspectAt(point, currentTarget);
  const whole = state.view.window.every((v, k) => v === FULL[k]);
  lookAt({ window: whole ? closer(point) : FULL });
}

/** @param {TouchEvent} event */
const place = ({ changedTouches: [{ clientX, clientY }] }) => ({ clientX, clientY });

/** The window in which a point stays where it is. @param {Point} point @returns {Bounds} */
function closer([x, y]) {
  const [x0, x1, y0, y1] = state.view.window;
  return [x + (x0 - x) / NEARER, x + (x1 - x) / NEARER, y + (y0 - y) / NEARER, y + (y1 - y) / NEARER];
}
