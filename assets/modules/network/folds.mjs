// Folds in the big picture: that of the unit that is looked at, and lines that are taken and dragged.
// A line of layer 1 moves with its bias, and turns by its ends; a bent line of a deeper layer moves with its bias.
import { element, state } from "../core/page.mjs";
import { gesture } from "../picture/gesture.mjs";
import { dataPoint, drawSpotlight, onSpotlight, pictureFrames } from "../picture/inspector.mjs";
import { plotArea } from "../picture/picture.mjs";
import { isMeasuring } from "../picture/ruler.mjs";
import { choose, edit, hands, known, lookedAt, newGesture, onHands, pointAtUnit, same } from "./chosen.mjs";

const NEAR = 6, NEAR_FINGER = 18; // px
/** A line below a pointer: whose it is, and the point about which it turns, if it does. @typedef {{ unit: Unit, turn: Point | null }} Grip */
const END = 0.18; // of a line's seen length: there it turns
/** @type {Grip & { gesture: string, frame: HTMLElement, size?: number, normal?: Point } | null} */
let held = null; // the drag under way: {unit, turn, gesture}
/** @type {Grip | null} */
let over = null; // the line below the pointer: {unit, turn}
/** Where a pointer is. @typedef {{ clientX: number, clientY: number, pointerType: string, currentTarget: HTMLElement }} Place */
let early = /** @type {Place | null} */ (null); // where it came to rest before there were lines

export function watchFolds() {
  onSpotlight({ isShown: () => active() && foldShown() !== null, draw });
  onHands(drawSoon);
  onHands(() => early && hasLines() && hover(early));
  for (const frame of pictureFrames()) {
    frame.addEventListener("pointermove", hover);
    frame.addEventListener("pointerleave", leave);
    // In the first phase: Plotly, below, would take it for a zoom.
    frame.addEventListener("pointerdown", begin, true);
    frame.addEventListener("mousedown", keep, true);
    frame.addEventListener("touchstart", keep, { capture: true, passive: false });
  }
  addEventListener("pointermove", drag);
  addEventListener("pointerup", end);
  addEventListener("pointercancel", end);
}

let due = 0;

/** Once for each picture of the screen. */
function drawSoon() {
  due ||= requestAnimationFrame(() => {
    due = 0;
    drawSpotlight();
  });
}

const active = () => (state.tab === "network" || Boolean(state.view.unit)) && !state.covered && !isMeasuring() && hands.drawn;

const foldShown = () => known()?.fold ?? null;

const which = () => hands.drawn?.header.which ?? "a";

/** @type {Overlay["draw"]} */
function draw(context, area, ink, halo, pane) {
  if (!active() || pane !== which()) return;
  const fold = foldShown();
  if (!fold) return;
  const path = new Path2D();
  for (let k = 0; k < fold.length; k += 4) {
    path.moveTo(area.x(fold[k]), area.y(fold[k + 1]));
    path.lineTo(area.x(fold[k + 2]), area.y(fold[k + 3]));
  }
  const accent = getComputedStyle(document.documentElement).getPropertyValue("--accent");
  for (const [colour, width] of /** @type {[string, number][]} */ ([[halo, 6], [accent, 2.8]])) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke(path);
  }
  const at = lookedAt();
  const header = hands.drawn?.header;
  if (at?.[0] !== 1 || state.tab !== "network" || !header?.turns) return;
  const seen = seenPart(header.lines[at[1] - 1], area);
  if (!seen) return;
  for (const share of [END / 2, 1 - END / 2]) { // where it is turned
    context.beginPath();
    context.arc(...along(seen, share), 4.5, 0, 7);
    context.fillStyle = halo;
    context.fill();
    context.strokeStyle = accent;
    context.lineWidth = 2;
    context.stroke();
  }
}

/** @param {Ends} ends @param {number} share @returns {Point} */
const along = ([x0, y0, x1, y1], share) => [x0 + share * (x1 - x0), y0 + share * (y1 - y0)];

/**
 * The part of a line w·x + b = 0 inside the plot, in px: [x0, y0, x1, y1]; null if none is.
 * @param {[w1: number, w2: number, b: number] | undefined} line @param {Area} area @returns {Ends | null}
 */
function seenPart(line, area) {
  if (!line) return null;
  const [w1, w2, b] = line;
  const [left, right, bottom, top] = [area.toX(0), area.toX(area.width), area.toY(area.height), area.toY(0)];
  const ends = /** @type {Point[]} */ ([]);
  if (w2) for (const x of [left, right]) ends.push([x, -(w1 * x + b) / w2]);
  if (w1) for (const y of [bottom, top]) ends.push([-(w2 * y + b) / w1, y]);
  const slack = 1e-9 * (right - left);
  const inside = ends.filter(([x, y]) => x >= left - slack && x <= right + slack && y >= bottom - slack && y <= top + slack);
  if (inside.length < 2) return null;
  const far = inside.reduce((best, p) => (Math.hypot(p[0] - inside[0][0], p[1] - inside[0][1]) > Math.hypot(best[0] - inside[0][0], best[1] - inside[0][1]) ? p : best), inside[0]);
  const [p, q] = [inside[0], far].sort((a, c) => a[0] - c[0] || a[1] - c[1]); // the same end whatever the slope
  return [area.x(p[0]), area.y(p[1]), area.x(q[0]), area.y(q[1])];
}

/**
 * How far a point lies from a stretch, in px, and how far along it.
 * @param {Point} place @param {Ends} ends @returns {[distance: number, share: number]}
 */
function apart([px, py], [x0, y0, x1, y1]) {
  const length = (x1 - x0) ** 2 + (y1 - y0) ** 2 || 1;
  const share = Math.min(1, Math.max(0, ((px - x0) * (x1 - x0) + (py - y0) * (y1 - y0)) / length));
  return [Math.hypot(px - x0 - share * (x1 - x0), py - y0 - share * (y1 - y0)), share];
}

const hasLines = () => active() && state.tab === "network";

/** The line below a pointer: the fold that is shown first, then those of layer 1. @param {Place} event @returns {Grip | null} */
function lineAt(event) {
  if (!hasLines()) return null;
  const frame = event.currentTarget;
  const area = plotArea(which());
  if (pictureFrames().indexOf(frame) !== (which() === "b" ? 1 : 0) || !area || !dataPoint(event)) return null;
  const box = frame.getBoundingClientRect();
  const at = /** @type {Point} */ ([event.clientX - box.left - area.left, event.clientY - box.top - area.top]);
  const near = event.pointerType === "touch" ? NEAR_FINGER : NEAR;
  const chosen = chosenLine(at, area, near);
  if (chosen || event.pointerType === "touch") return chosen; // a finger takes the chosen one
  let best = /** @type {Grip & { distance: number } | null} */ (null);
  hands.drawn?.header.lines.forEach((line, k) => {
    const seen = seenPart(line, area);
    if (!seen) return;
    const [distance, share] = apart(at, seen);
    if (distance < (best?.distance ?? near)) best = { unit: [1, k + 1], turn: turnOf(share, seen, area), distance };
  });
  return best;
}

/** @param {Point} at @param {Area} area @param {number} near @returns {Grip | null} */
function chosenLine(at, area, near) {
  const unit = known();
  if (!unit) return null;
  const whole = /** @type {Unit} */ ([unit.layer, unit.unit]);
  if (unit.layer === 1) {
    const seen = seenPart(hands.drawn?.header.lines[unit.unit - 1], area);
    if (!seen) return null;
    const [distance, share] = apart(at, seen);
    return distance < near ? { unit: whole, turn: turnOf(share, seen, area) } : null;
  }
  const { fold } = unit;
  for (let k = 0; k < fold.length; k += 4) {
    const ends = /** @type {Ends} */ ([area.x(fold[k]), area.y(fold[k + 1]), area.x(fold[k + 2]), area.y(fold[k + 3])]);
    if (apart(at, ends)[0] < near) return { unit: whole, turn: null };
  }
  return null;
}

/**
 * Near an end the line turns about the other one, which is given in data units.
 * @param {number} share @param {Ends} seen @param {Area} area @returns {Point | null}
 */
function turnOf(share, seen, area) {
  if (!hands.drawn?.header.turns || (share > END && share < 1 - END)) return null;
  const [x, y] = along(seen, share < 0.5 ? 1 : 0);
  return [area.toX(x), area.toY(y)];
}

/** @param {Place} event */
function hover(event) {
  if (held || event.pointerType === "touch") return;
  const { clientX, clientY, pointerType, currentTarget } = event;
  early = hasLines() ? null : { clientX, clientY, pointerType, currentTarget };
  const found = lineAt(event);
  if (!found && !over) return;
  over = found;
  event.currentTarget.style.cursor = found ? (found.turn ? "grab" : "move") : "";
  document.documentElement.toggleAttribute("data-over-line", found !== null);
  pointAtUnit(found?.unit ?? null);
}

function leave() {
  early = null;
  if (held || !over) return;
  over = null;
  document.documentElement.removeAttribute("data-over-line");
  pointAtUnit(null);
}

/** @param {On<PointerEvent>} event */
function begin(event) {
  if (event.button) return;
  const found = lineAt(event);
  if (!found) return;
  event.stopPropagation();
  event.preventDefault();
  choose(found.unit);
  held = { ...found, gesture: newGesture(), frame: event.currentTarget };
  gesture.holds = true;
}

/** What follows a press on a line is not Plotly's, nor a finger's gesture. @param {Event} event */
function keep(event) {
  if (!held) return;
  event.stopImmediatePropagation();
  if (event.cancelable) event.preventDefault();
}

/** @param {PointerEvent} event */
function drag(event) {
  if (!held) return;
  const p = dataPoint({ clientX: event.clientX, clientY: event.clientY, currentTarget: held.frame });
  if (!p) return;
  if (!held.turn) return edit(held.unit, { through: p }, held.gesture);
  const line = hands.drawn?.header.lines[held.unit[1] - 1];
  if (!line) return; // another network, which has no such unit
  const [w1, w2] = line;
  const [dx, dy] = [p[0] - held.turn[0], p[1] - held.turn[1]];
  const length = Math.hypot(dx, dy);
  if (!length) return;
  const size = held.size ??= Math.hypot(w1, w2);
  let [n1, n2] = [(-dy / length) * size, (dx / length) * size];
  const before = held.normal ?? [w1, w2];
  if (n1 * before[0] + n2 * before[1] < 0) [n1, n2] = [-n1, -n2]; // the same side stays active
  held.normal = [n1, n2];
  edit(held.unit, { weights: { 1: n1, 2: n2 }, bias: -(n1 * held.turn[0] + n2 * held.turn[1]) }, held.gesture);
}

function end() {
  if (!held) return;
  held = null;
  setTimeout(() => (gesture.holds = false)); // the click that follows is of the drag
  if (!same(hands.over, null)) pointAtUnit(null);
  element("picture-frame").style.cursor = "";
}
