// The inspector: what lies under the pointer, a tap, or the arrow keys' cursor.
// Thick outline: the cell of layer i, all its pieces, the rest dimmed. Thin: the linear region.
import { named, within } from "../core/elements.mjs";
import { element, state, text, wording } from "../core/page.mjs";
import { cross } from "./cross.mjs";
import { gesture } from "./gesture.mjs";
import { fitCanvas, onFrames, onPlaced, panes, plotArea, shownVersion } from "./picture.mjs";
import { pointAt } from "./pointer.mjs";
import { on, send } from "../core/socket.mjs";

/** @typedef {{ isMeasuring: () => boolean, hasLine: () => boolean, draw: Overlay["draw"] }} Ruler */
const NARROW = matchMedia("(max-width: 760px)"); // as in the style sheets
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const FADE_MS = 150; // as in the style sheet
const EVERY_MS = 120; // while it trains, how often the answer is asked anew
/** @type {Which[]} */
const WHICH = ["a", "b"]; // of two networks side by side; one alone is "a"
/** @type {Point | null} */
let at = null; // the point in data units, or null
/** @type {Which} */
let over = "a"; // in which network's picture
/** @type {Inspection | null} */
let found = null; // the newest answer
let waiting = false; // whether one is under way
/** @type {string | null} */
let asked = null; // what the newest question depends on
let askedAt = 0;
let later = 0; // the timer of a question that was too early

export function watchPointer() {
  on("inspection", showInspection);
  onFrames(refreshInspection);
  onPlaced(drawSpotlight);
  placeCard();
  NARROW.addEventListener("change", placeCard);
  window.addEventListener("lecture", placeCard);
  window.addEventListener("pointerup", (event) => wasClick(event) && unfoldCard(!isUnfolded()));
  element("card-more").addEventListener("click", () => unfoldCard(!isUnfolded()));
  for (const frame of pictureFrames()) {
    // What fingers mean is in touch.mjs: most of them only want to scroll.
    frame.addEventListener("pointermove", (event) => isMouse(event) && !gesture.holds && point(dataPoint(event), whichOf(frame)));
    frame.addEventListener("pointerdown", (event) => pressed(event, whichOf(frame)));
    // A press puts Plotly's cover between mouse and picture: that is no leaving.
    frame.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse" && !dataPoint(event)) inspect(null);
    });
    frame.addEventListener("keydown", moveByKey);
    frame.addEventListener("blur", () => inspect(null));
  }
}

/** @type {Ruler} */
let ruler = { isMeasuring: () => false, hasLine: () => false, draw: () => {} };

/** The ruler draws over the spotlight, and nothing is inspected while it measures. @param {Ruler} itself */
export const withRuler = (itself) => (ruler = itself);

/** @type {Point | null} */
let pressedAt = null; // where in the window, while a button is down

/** @param {PointerEvent} event */
const isMouse = ({ pointerType }) => pointerType !== "touch";

/** @type {Overlay[]} */
const overlays = []; // who else draws there

/** Have something drawn over the picture: {isShown, draw(context, area, ink, halo, which)}. @param {Overlay} overlay */
export const onSpotlight = (overlay) => overlays.push(overlay);

/** What lies at a point in data units, in one of the pictures. @param {Point} point @param {HTMLElement} frame */
export const inspectAt = (point, frame) => inspect(point, whichOf(frame));

/** @param {On<PointerEvent>} event @param {Which} which */
function pressed(event, which) {
  if (!isMouse(event)) return;
  pressedAt = [event.clientX, event.clientY];
  inspect(dataPoint(event), which);
}

/** A click of a mouse asks for more; a drag zooms, and a finger has the button. @param {PointerEvent} event */
function wasClick({ clientX: x, clientY: y, pointerType }) {
  const at = pressedAt;
  pressedAt = null;
  return at && pointerType === "mouse" && found && !ruler.isMeasuring() && Math.hypot(x - at[0], y - at[1]) < 4;
}

const isUnfolded = () => element("inspector").classList.contains("unfolded");

/** In a lecture the mouse points; a click inspects, so that pointing hides nothing. @param {Point | null} place @param {Which} which */
const point = (place, which) => (state.lecture && !hasOwnCard() ? pointAt(place) : inspect(place, which));

/** Where pictures are pointed at: the first network's and the second's. */
export const pictureFrames = () => [element("picture-frame"), element("picture-frame-b")];

/** @param {HTMLElement} frame */
const whichOf = (frame) => WHICH[pictureFrames().indexOf(frame)];

/**
 * The data coordinates under a pointer, or null outside of the plot.
 * @param {{ clientX: number, clientY: number, currentTarget: HTMLElement }} event @returns {Point | null}
 */
export function dataPoint(event) {
  const frame = event.currentTarget;
  const area = plotArea(whichOf(frame));
  if (!area) return null;
  const box = frame.getBoundingClientRect();
  const [px, py] = [event.clientX - box.left - area.left, event.clientY - box.top - area.top];
  if (px < 0 || py < 0 || px > area.width || py > area.height) return null;
  return [area.toX(px), area.toY(py)];
}

/** @type {Record<string, Point>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/** @param {On<KeyboardEvent>} event */
function moveByKey(event) {
  if (event.key === "Escape") return inspect(null);
  const step = STEPS[event.key];
  if (!step || event.target !== event.currentTarget) return;
  event.preventDefault();
  event.stopPropagation(); // here → moves the cursor, it does not train a step
  const [x0, x1, y0, y1] = state.view.window;
  const stride = event.shiftKey ? 0.002 : 0.02;
  const [x, y] = at ?? [(x0 + x1) / 2, (y0 + y1) / 2];
  const inside = (/** @type {number} */ v, /** @type {number} */ a, /** @type {number} */ b) => Math.min(Math.max(v, a), b);
  inspect([
    inside(x + step[0] * stride * (x1 - x0), x0, x1),
    inside(y + step[1] * stride * (y1 - y0), y0, y1),
  ], whichOf(event.currentTarget));
}

/** @type {((point: Point | null) => void)[]} */
const followers = []; // who else wants to know which point is looked at

/** Have a function called with every point that is looked at, null for none. @param {(point: Point | null) => void} follower */
export const onPoint = (follower) => followers.push(follower);

const hasOwnCard = () => state.tab === "voronoi" || state.tab === "network"; // its own cells, its own units

/** @param {Point | null} point */
function inspect(point, which = over) {
  pointAt(point);
  at = ruler.isMeasuring() ? null : point;
  over = which;
  for (const follow of followers) follow(at);
  if (!at || hasOwnCard()) {
    found = asked = null; // who comes back asks again
    show();
  } else ask();
}

/** Ask again when the picture has changed under the pointer, also if no frame follows; called with every frame. */
function refreshInspection() {
  clearTimeout(later);
  if (!at || hasOwnCard()) return;
  const left = askedAt + EVERY_MS - performance.now();
  if (left <= 0) ask();
  else later = setTimeout(refreshInspection, left);
}

function ask() {
  if (!at) return;
  const [x, y] = at;
  const question = `${over},${x},${y},${shownVersion()},${state.view.layer},${state.view.mode},${state.view.window}`;
  if (waiting || question === asked) return;
  waiting = true;
  asked = question;
  askedAt = performance.now();
  send({ type: "inspect", x, y, which: over });
  setTimeout(() => (waiting = false), 1500); // an answer may be lost with its socket
}

/** @param {Inspection} answer */
function showInspection(answer) {
  waiting = false;
  if (!at || hasOwnCard()) return;
  found = answer.blocks.length ? answer : null;
  if (state.lecture) placeCard(); // of two networks, beside the one that was pointed at
  show();
  const [x, y] = answer.at ?? at;
  if (answer.which !== over || x !== at[0] || y !== at[1]) ask();
  else refreshInspection(); // the picture may be another by now
}

/** @typedef {{ cell: string, polygons: number[][], before: number[][], since: number }} Light */
/** @type {Light} */
const DARK = { cell: "", polygons: [], before: [], since: 0 };
/** @type {Light} */
let lit = { ...DARK }; // the cell that is not dimmed, and the one before

/** Another cell is not dimmed from one frame to the next: the light wanders from the one to the other. @returns {void} */
function light() {
  if (!found) return void (lit = { ...DARK });
  const cell = `${found.which} ${found.blocks[0].signs || found.blocks[0].title}`;
  if (cell === lit.cell) return void (lit.polygons = found.polygons);
  const wanders = lit.polygons.length && !CALM.matches;
  lit = { cell, polygons: found.polygons, before: wanders ? lit.polygons : [], since: performance.now() };
  if (wanders) requestAnimationFrame(wander);
}

function wander() {
  drawSpotlight();
  if (arrived() < 1) requestAnimationFrame(wander);
  else lit.before = [];
}

const arrived = () => (lit.before.length ? Math.min(1, (performance.now() - lit.since) / FADE_MS) : 1);

function show() {
  light();
  drawSpotlight();
  const card = element("card");
  card.classList.toggle("shown", found !== null);
  element("inspector").classList.toggle("filled", found !== null);
  if (!found) return;
  const { blocks, point } = found;
  card.style.setProperty("--beside", `${besides()}px`);
  card.replaceChildren(...blocks.map((block, k) => cardBlock(block, k ? "" : point)));
}

/** How far right of the picture's edge the right column begins. */
const besides = () =>
  element("right").getBoundingClientRect().left - element("picture-frame").getBoundingClientRect().left;

/** At the top of the right column; on a phone below the picture, in a lecture beside it. */
function placeCard() {
  const slot = element("inspector");
  const row = within(document, ".picture-row");
  if (NARROW.matches !== (slot.previousElementSibling === row)) NARROW.matches ? row.after(slot) : element("right").prepend(slot);
  const host = state.lecture ? pictureFrames()[WHICH.indexOf(found?.which ?? "a")] : slot;
  if (element("card").parentElement !== host) host.prepend(element("card"));
}

/** The card's further lines lie over what is below it: nothing moves. @param {boolean} open */
function unfoldCard(open) {
  element("inspector").classList.toggle("unfolded", open);
  element("card-more").setAttribute("aria-expanded", String(open));
  wording(element("card-more"), { text: open ? "page.less" : "inspect.more" });
}

/** @param {Inspection["blocks"][number]} block @param {string} point */
function cardBlock({ title, signs, rows }, point) {
  const head = named("h3", title, "card-title");
  if (point) head.append(" ", named("span", point, "card-point"));
  const parts = [head];
  if (signs) {
    const pattern = named("div", signs, "card-signs");
    pattern.title = text(/\d/.test(signs) ? "pieces" : "signs"); // digits where a unit has several kinks
    parts.push(pattern);
  }
  const list = document.createElement("dl");
  for (const [name, value] of rows) {
    const line = named("div", "");
    line.append(named("dt", name), named("dd", value));
    list.append(line);
  }
  const block = named("div", "", "card-block");
  block.append(...parts, list);
  return block;
}

/** Dim all but the cell, then its outline (thick) and the linear region's (thin). */
export function drawSpotlight() {
  for (const pane of panes()) drawOver(pane);
}

/** @param {import("./pane.mjs").Pane} pane */
function drawOver(pane) {
  const canvas = pane.canvas("spotlight");
  const area = pane.area();
  if (!area) return;
  if (!found && !ruler.hasLine() && !overlays.some((one) => one.isShown())) return fadeOut(canvas);
  if (canvas.hidden) {
    canvas.hidden = false;
    void canvas.offsetWidth; // the fade begins at nothing: nothing is dimmed in a jump
  }
  canvas.classList.remove("away");
  const context = fitCanvas(canvas, area);
  context.clearRect(0, 0, area.width, area.height);
  const dark = state.theme === "dark";
  const ink = dark ? "#FFFFFF" : "#14171D";
  const halo = dark ? "rgba(7,9,12,.75)" : "rgba(255,255,255,.85)";
  if (found?.which === pane.which) spotlight(context, found, area, dark, ink, halo);
  if (found?.at) cross(context, area.x(found.at[0]), area.y(found.at[1]), [[halo, 4], [ink, 1.4]]);
  ruler.draw(context, area, ink, halo, pane.which);
  for (const one of overlays) one.draw(context, area, ink, halo, pane.which);
}

/** Gone little by little; then hidden, as a canvas that shows nothing still costs every frame. @param {HTMLElement} canvas */
function fadeOut(canvas) {
  canvas.classList.add("away");
  setTimeout(() => (canvas.hidden = canvas.classList.contains("away")), FADE_MS);
}

/**
 * @param {CanvasRenderingContext2D} context @param {Inspection} found @param {Area} area @param {boolean} dark
 * @param {string} ink @param {string} halo
 */
function spotlight(context, found, area, dark, ink, halo) {
  if (found.polygons.length) dimOthers(context, found.polygons, area, dark);
  for (const [colour, extra] of /** @type {[string, number][]} */ ([[halo, 2.5], [ink, 0]])) {
    context.strokeStyle = colour;
    context.lineWidth = 2.6 + extra;
    context.stroke(segments(found.outline, area));
    context.lineWidth = 1.2 + extra * 0.7;
    context.stroke(polygon(found.corners, area));
  }
}

/** @param {CanvasRenderingContext2D} context @param {number[][]} lightened @param {Area} area @param {boolean} dark */
function dimOthers(context, lightened, area, dark) {
  context.fillStyle = dark ? "rgba(13,16,21,.45)" : "rgba(255,255,255,.4)";
  context.fillRect(0, 0, area.width, area.height);
  context.globalCompositeOperation = "destination-out";
  context.fillStyle = context.strokeStyle = "#000";
  context.lineWidth = 1; // closes the hairlines between polygons
  for (const [polygons, share] of /** @type {[number[][], number][]} */ ([[lit.before, 1 - arrived()], [lightened, arrived()]])) {
    context.globalAlpha = share;
    for (const corners of polygons) {
      const path = polygon(corners, area);
      context.fill(path);
      context.stroke(path);
    }
  }
  context.globalAlpha = 1;
  context.globalCompositeOperation = "source-over";
}

/** @param {number[]} corners @param {Area} area */
function polygon(corners, area) {
  const path = new Path2D();
  for (let k = 0; k < corners.length; k += 2) path.lineTo(area.x(corners[k]), area.y(corners[k + 1]));
  path.closePath();
  return path;
}

/** @param {number[]} ends @param {Area} area */
function segments(ends, area) {
  const path = new Path2D();
  for (let k = 0; k < ends.length; k += 4) {
    path.moveTo(area.x(ends[k]), area.y(ends[k + 1]));
    path.lineTo(area.x(ends[k + 2]), area.y(ends[k + 3]));
  }
  return path;
}
