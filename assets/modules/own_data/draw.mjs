// Points are drawn into the picture, by mouse, pen, finger or keys. What is drawn is seen at once, on
// a canvas of its own; the server gets all points a few times a second, and trains on them.
import { penOf, within } from "../core/elements.mjs";
import { touched } from "../core/hand.mjs";
import { element, onLanguage, state, text, wording, write } from "../core/page.mjs";
import { cross } from "../picture/cross.mjs";
import { onPlaced, plotArea, redrawPoints } from "../picture/picture.mjs";
import { onSettings } from "../settings/controls.mjs";
import { colour, dot } from "./dot.mjs";
import { ownPoints, saidOf, sendOwn } from "./send.mjs";

const MOST = 10000;
const MOST_CLASSES = 8;
const GAP = 7; // CSS pixels between two points of a stroke
const RUBBER = 14; // its radius
const SEND_MS = 200; // between two messages to the server
const SETTLED_MS = 150; // after other settings, until it is asked whether points are others, too
/** @typedef {import("./dot.mjs").Drawn} Drawn */
const DIGITS = 5; // after the point, of a coordinate
const root = document.documentElement;

let points = /** @type {Drawn[]} */ ([]); // in data units
let past = /** @type {Drawn[][]} */ ([]), future = /** @type {Drawn[][]} */ ([]); // points before and after
let classes = 2;
let chosen = /** @type {number | "erase"} */ (0); // a class, or "erase"
/** @type {HTMLCanvasElement} */
let canvas;
/** @type {HTMLDivElement} */
let strip;
let held = /** @type {Point | null} */ (null); // the last place of the stroke under way, in pixels
let cursor = /** @type {Point | null} */ (null); // of the keyboard, in data units
let sending = false, unsent = false, followed = 0;
let stroked = ""; // the name of the newest stroke, so that it is undone as one
let known = ""; // the points that the server has, as it was last told or told us
let entered = 0, coming = false; // how often; whether the points that are drawn on are on their way
let settling = 0, late = false; // whether other settings came while points were on their way

/** @type {["pointerdown" | "pointermove" | "pointerup" | "pointercancel", (event: PointerEvent) => void][]} */
const HANDLERS = [["pointerdown", begin], ["pointermove", stroke], ["pointerup", end], ["pointercancel", end]];

const isDrawing = () => root.dataset.drawing !== undefined;

export function watchDrawing() {
  canvas = document.createElement("canvas");
  Object.assign(canvas, { id: "draw-layer", tabIndex: 0, hidden: true });
  canvas.setAttribute("role", "application");
  wording(canvas, { label: "page.draw_canvas" });
  element("picture-frame").append(canvas);
  for (const [kind, handler] of HANDLERS) {
    canvas.addEventListener(kind, handler);
  }
  for (const kind of ["mousedown", "mousemove", "mouseup", "click", "dblclick", "wheel", "contextmenu"]) {
    canvas.addEventListener(kind, (event) => event.stopPropagation());
  }
  canvas.addEventListener("keydown", byKeys);
  document.addEventListener("keydown", hear, true);
  element("draw-data").addEventListener("click", () => (isDrawing() ? leave() : enter()));
  strip = document.createElement("div");
  Object.assign(strip, { id: "draw-strip", className: "draw-strip", hidden: true });
  strip.setAttribute("role", "toolbar");
  wording(strip, { label: "page.draw_strip" });
  within(document, ".picture-foot").append(strip);
  onPlaced(place);
  onLanguage(() => isDrawing() && showStrip());
  onSettings(() => {
    clearTimeout(settling);
    settling = setTimeout(follow, SETTLED_MS);
  });
}

const busy = () => Boolean(sending || unsent || held);

/**
 * Others than these were put in their place: something was undone, a file or a formula taken. An answer to an
 * earlier question may come after that to a later one.
 */
async function follow() {
  late = busy();
  if (late || !isDrawing()) return;
  const question = ++followed;
  const found = state.accepted.dataset === "own" ? await ownPoints() : { points: [], classes };
  if (question !== followed || !found || busy() || !isDrawing() || JSON.stringify(found.points) === known) return;
  [points, past, future] = [found.points, [], []];
  known = JSON.stringify(points);
  classes = Math.max(2, Math.min(MOST_CLASSES, found.classes));
  changed(false);
}

/** Draw on: on points of one's own as they are, else on an empty sheet. */
async function enter() {
  root.dataset.drawing = "";
  element("draw-data").setAttribute("aria-pressed", "true");
  [points, past, future, chosen, known, coming] = [[], [], [], 0, "[]", false];
  entered += 1;
  classes = state.accepted.task === "regression" ? 2 : Math.max(2, Number(state.accepted.classes) || 2);
  canvas.hidden = strip.hidden = false;
  showStrip();
  place();
  canvas.focus({ preventScroll: true });
  const { top, bottom } = canvas.getBoundingClientRect();
  if (top < 0 || bottom > innerHeight) canvas.scrollIntoView({ block: "center" }); // on a phone it is above the controls
  if (state.accepted.dataset === "own") await drawOn();
}

/** On points of one's own: what is drawn before they have come is added to them. */
async function drawOn() {
  const mine = entered;
  coming = true;
  const found = await ownPoints();
  if (mine !== entered) return;
  coming = false;
  if (found && (isDrawing() || unsent)) {
    known = JSON.stringify(found.points);
    classes = Math.max(2, Math.min(MOST_CLASSES, found.classes));
    [points, ...past] = [points, ...past].map((drawn) => [...found.points, ...drawn]);
    changed(unsent);
  } else if (unsent) flush();
}

/** A question's own experiment takes the place of what is drawn on; what was not sent yet is not of it. */
export function endDrawing() {
  unsent = false;
  entered += 1; // nor what is on its way, if it does not arrive
  if (isDrawing()) leave();
}

function leave() {
  flush();
  delete root.dataset.drawing;
  element("draw-data").setAttribute("aria-pressed", "false");
  canvas.hidden = strip.hidden = true;
  redrawPoints();
  element("draw-data").focus({ preventScroll: true });
}

async function takeShown() {
  const found = await ownPoints();
  if (!found || !isDrawing()) return;
  remember();
  points = found.points;
  classes = Math.max(2, Math.min(MOST_CLASSES, found.classes));
  changed();
}

// The strip.

function showStrip() {
  const buttons = Array.from({ length: classes }, (_, k) => classButton(k));
  if (classes < MOST_CLASSES) buttons.push(tool("draw-more", "+", "page.draw_more", addClass));
  buttons.push(
    tool("draw-erase", null, "page.draw_erase", () => choose("erase"), chosen === "erase"),
    tool("draw-undo", null, "page.draw_undo", undo),
    tool("draw-redo", null, "page.draw_redo", redo),
    tool("draw-clear", null, "page.draw_clear", clear),
    tool("draw-shown", null, "page.draw_shown", () => takeShown()),
    tool("draw-done", null, "page.draw_done", leave),
  );
  const count = Object.assign(document.createElement("span"), { id: "draw-count", className: "note" });
  count.setAttribute("role", "status");
  strip.replaceChildren(...buttons, count);
  showCount();
}

/** @param {string} id @param {string | null} sign @param {string} key @param {() => void} act @param {boolean} [pressed] */
function tool(id, sign, key, act, pressed) {
  const button = Object.assign(document.createElement("button"), { id, className: "toggle", type: "button" });
  if (sign === null) button.textContent = text(key.slice(5));
  else button.textContent = sign;
  button.title = text(key.slice(5));
  button.setAttribute("aria-label", button.title);
  if (pressed !== undefined) button.setAttribute("aria-pressed", String(pressed));
  button.addEventListener("click", act);
  return button;
}

/** @param {number} k */
function classButton(k) {
  const called = k + 1; // as logits and the table of confusions number them
  const button = tool(`draw-class-${k}`, String(called), "page.draw_class", () => choose(k), chosen === k);
  button.title = text("draw_class", { k: called });
  button.setAttribute("aria-label", button.title);
  button.style.setProperty("--class", colour(k));
  button.classList.add("draw-class");
  return button;
}

/** @param {number | "erase"} what */
function choose(what) {
  chosen = what;
  showStrip();
}

function addClass() {
  classes += 1;
  choose(classes - 1);
}

function showCount(said = "") {
  element("draw-undo").disabled = !past.length;
  element("draw-redo").disabled = !future.length;
  const few = points.length === 1 ? ` · ${text("draw_few")}` : "";
  write("draw-count", said || text("draw_count", { count: points.length }) + few);
}

// What is drawn.

const begins = () => (stroked = String(Math.random()).slice(2));

function remember() {
  begins();
  past.push(points);
  points = points.slice();
  future = [];
}

function undo() {
  const before = past.pop();
  if (!before) return;
  future.push(points);
  points = before;
  changed();
}

function redo() {
  const after = future.pop();
  if (!after) return;
  past.push(points);
  points = after;
  changed();
}

function clear() {
  if (!points.length) return;
  remember();
  points = [];
  changed(false); // what was there last is trained on until there are others
}

function changed(send = true) {
  begins();
  const highest = points.reduce((most, [, , k]) => Math.max(most, k), 0);
  if (highest >= classes) classes = highest + 1;
  showStrip();
  redraw();
  if (send) post();
}

/** @type {(event: MouseEvent) => Point} */
const place2 = (event) => {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
};

/** @param {PointerEvent} event */
function begin(event) {
  if (event.button) return;
  event.preventDefault();
  event.stopPropagation();
  canvas.setPointerCapture(event.pointerId);
  remember();
  held = null;
  touch(place2(event));
}

/** @param {PointerEvent} event */
function stroke(event) {
  event.stopPropagation();
  if (!held) return;
  const all = event.getCoalescedEvents?.() ?? [];
  for (const each of all.length ? all : [event]) touch(place2(each));
}

/** @param {PointerEvent} event */
function end(event) {
  event.stopPropagation();
  if (!held) return;
  held = null;
  showStrip();
  post();
}

/** A point, or the rubber, at a place of the canvas. @param {Point} at */
function touch(at) {
  if (held && Math.hypot(at[0] - held[0], at[1] - held[1]) < GAP) return;
  held = at;
  touched();
  const area = plotArea();
  if (!area) return;
  if (chosen === "erase") erase(at, area);
  else add([area.toX(at[0]), area.toY(at[1])], area, chosen);
  showCount();
  post();
}

/** @param {Point} point @param {Area} area @param {number} ofClass */
function add([x, y], area, ofClass) {
  if (points.length >= MOST) return;
  const point = /** @type {Drawn} */ ([Number(x.toFixed(DIGITS)), Number(y.toFixed(DIGITS)), ofClass]);
  points.push(point);
  dot(penOf(canvas), area, point);
}

/** @param {Point} place @param {Area} area */
function erase([px, py], area) {
  points = points.filter(([x, y]) => Math.hypot(area.x(x) - px, area.y(y) - py) > RUBBER);
  redraw();
}

// Keys: on the canvas they move a cross; everywhere Esc ends, and undo is undo.

/** @param {KeyboardEvent} event */
function byKeys(event) {
  const area = plotArea();
  if (!area) return;
  const [x0, x1, y0, y1] = state.view.window;
  cursor ??= [(x0 + x1) / 2, (y0 + y1) / 2];
  const step = (event.shiftKey ? 0.1 : 0.02) * (x1 - x0);
  /** @type {Record<string, Point>} */
  const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const move = moves[event.key];
  if (move) cursor = [Math.min(x1, Math.max(x0, cursor[0] + move[0] * step)), Math.min(y1, Math.max(y0, cursor[1] + move[1] * step))];
  else if (event.key === "Enter" || event.key === " ") {
    remember();
    if (chosen === "erase") erase([area.x(cursor[0]), area.y(cursor[1])], area);
    else add(cursor, area, chosen);
    showStrip();
    post();
  } else return;
  event.preventDefault();
  event.stopPropagation();
  redraw();
}

/** @param {On<KeyboardEvent, Document>} event */
function hear(event) {
  if (!isDrawing() || document.querySelector("dialog[open]")) return;
  if (event.target.matches("input:not([type=radio]):not([type=range]), select, textarea")) return;
  const { key } = event;
  const command = event.ctrlKey || event.metaKey;
  if (key === "Escape") leave();
  else if (command && key.toLowerCase() === "z") (event.shiftKey ? redo : undo)();
  else if (command && key.toLowerCase() === "y") redo();
  else if (!command && !event.altKey && /^[1-8]$/.test(key) && Number(key) <= classes) choose(Number(key) - 1);
  else if (!command && !event.altKey && key.toLowerCase() === "e") choose("erase");
  else return;
  event.preventDefault();
  event.stopPropagation();
}

// The canvas.

/** Over the plot area, as the picture is. */
function place() {
  const area = isDrawing() && plotArea();
  if (!area) return;
  const scale = devicePixelRatio;
  const box = { left: area.left, top: area.top, width: area.width, height: area.height };
  for (const [name, value] of Object.entries(box)) canvas.style.setProperty(name, `${value}px`);
  const [width, height] = [Math.round(area.width * scale), Math.round(area.height * scale)];
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  redraw();
}

function redraw() {
  const area = plotArea();
  if (!area || !isDrawing()) return;
  const context = penOf(canvas);
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  context.clearRect(0, 0, area.width, area.height);
  for (const point of points) dot(context, area, point);
  if (cursor && document.activeElement === canvas) cross(context, area.x(cursor[0]), area.y(cursor[1]), [["#14171D", 1.5]]);
}

// To the server: the newest points, one message at a time.

function post() {
  unsent = true;
  if (!sending) flush();
}

async function flush() {
  if (coming || !unsent || points.length < 2) return;
  const mine = entered;
  sending = true;
  unsent = false;
  const drawn = JSON.stringify(points);
  const reply = await sendOwn("drawn", `{"points":${drawn},"classes":${classes}}`, "", stroked);
  if (!reply.say && !reply.problem) known = drawn;
  const problem = saidOf(reply);
  if (problem && isDrawing()) showCount(problem);
  if (reply.say && mine === entered) unsent = true; // once more
  await new Promise((next) => setTimeout(next, reply.say ? 2000 : SEND_MS));
  sending = false;
  if (unsent) flush();
  else if (late) follow();
}
