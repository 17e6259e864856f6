// The drawing of the network on one canvas: units with their small pictures, edges by weight and sign.
// Of wide layers it shows a part; the canvas stays in place while the drawing scrolls below it.
import { inHand } from "../core/hand.mjs";
import { element, onLanguage, state, text, write } from "../core/page.mjs";
import { on, onBinary, onWelcome } from "../core/socket.mjs";
import { fitCanvas, onFrames, onRedraw, shownHeaders } from "../picture/picture.mjs";
import { paint } from "../picture/pixels.mjs";
import { choose, ask, edit, hands, known, lookedAt, newGesture, onHands, pointAtUnit, same, showInPicture, shownInPicture, tellHands } from "./chosen.mjs";

const TOP = 20, LEFT = 4; // px around the units
const PITCH = [18, 38]; // px from unit to unit
const NEAR = 4; // px from an edge
const IN_HAND_MS = 100; // from drawing to drawing while a hand changes it: the big picture comes first
const LONGEST = 120; // px of a drag over which an edge's weight changes by the layer's largest
const atlas = document.createElement("canvas"); // the units' pictures, one below the other
let starts = /** @type {number[]} */ ([]); // of each layer, the first of its pictures
let placed = /** @type {Placed | null} */ (null); // where units lie
let dragged = /** @type {Dragged | null} */ (null); // the edge whose weight is being changed
let due = 0; // the drawing that comes with one of the screen's next pictures
let drawnAt = 0;
/** @typedef {{ pitch: number, size: number, x: (layer: number) => number, y: (layer: number, unit: number) => number }} Placed */
/** @typedef {{ edge: Edge, y: number, from: { value: number, top: number } | null, gesture: string }} Dragged */
/** @typedef {{ layer: number, from: number, to: number, apart: number }} Edge */
const EDGES = 26; // px between two layers, at the least
const FIRST = [2, 1]; // what every network has

/** Of the newest drawing, and of the last that was drawn: who draws or points has made sure that there is one. */
const drawn = () => /** @type {NetworkHeader} */ (hands.drawn?.header);
/** What is known of a unit, if it is one of the network that is drawn: of another network it comes before its drawing. @param {UnitAnswer | null} unit */
const ofDrawn = (unit) => (unit && unit.which === drawn().which && same(unit.sizes, drawn().sizes) ? unit : null);
const places = () => /** @type {Placed} */ (placed);

export function watchDrawing() {
  const host = element("network-drawing");
  onBinary("network", (header, bytes) => {
    hands.drawn = { header, bytes };
    prepare(hands.drawn);
    forgetMissing(header);
    tellHands();
  });
  on("unit", (answer) => {
    hands.unit = answer;
    tellHands();
  });
  onWelcome(ask); // what this page has chosen, a new socket does not know
  onHands(draw);
  onRedraw(draw);
  onFrames(forgetUnshown);
  onLanguage(draw);
  new ResizeObserver(draw).observe(host);
  host.addEventListener("scroll", scrolled);
  host.addEventListener("pointermove", moved);
  host.addEventListener("pointerleave", () => dragged || pointAtUnit(null));
  host.addEventListener("pointerdown", pressed);
  host.addEventListener("pointerup", released);
  host.addEventListener("keydown", moveByKey);
  host.addEventListener("blur", () => pointAtUnit(null));
}

/** Other settings make another network: what it has not is not chosen. @param {NetworkHeader} header */
function forgetMissing({ sizes }) {
  const there = (/** @type {Unit} */ unit) => unit && sizes[unit[0]] >= unit[1];
  if (hands.chosen && !there(hands.chosen)) choose(null);
  if (hands.over && !there(hands.over)) pointAtUnit(null);
}

/** Nor shown: the frames that were asked for it show what the mode says. */
function forgetUnshown() {
  const asked = shownInPicture();
  const isMissing = (/** @type {FrameHeader} */ { unit, mode }) => same(unit, asked) && mode !== "unit";
  if (asked && shownHeaders().every(isMissing)) showInPicture(null);
}

/** The pictures as pixels, all in one. @param {NonNullable<typeof hands.drawn>} drawn */
function prepare({ header, bytes }) {
  const units = columns(header).reduce((sum, layer) => sum + layer.shown, 0);
  starts = [];
  columns(header).reduce((sum, layer, k) => ((starts[k] = sum), sum + layer.shown), 0);
  paint(atlas, bytes, header.side, "unit", header.side * units);
}

/** The inputs, of which all are seen, and the layers. @param {NetworkHeader} header */
const columns = ({ inputs, layers }) => [{ first: 0, shown: inputs.length }, ...layers];

/** @param {NetworkHeader} header @returns {Placed} */
function place({ sizes }) {
  const host = element("network-drawing");
  const most = Math.max(...sizes);
  const [low, high] = PITCH;
  const pitch = Math.min(high, Math.max(low, (host.clientHeight - TOP - 4) / most));
  const room = (host.clientWidth - 2 * LEFT) / sizes.length;
  const size = Math.round(Math.min(pitch * 0.8, Math.max(low * 0.8, room - EDGES))); // all layers side by side, if they can be
  const column = Math.max(size + EDGES, room);
  Object.assign(element("network-size").style, {
    width: `${Math.floor(column * sizes.length + 2 * LEFT)}px`,
    height: `${Math.floor(TOP + most * pitch)}px`,
  });
  const centred = most * pitch <= host.clientHeight - TOP;
  const x = (/** @type {number} */ layer) => LEFT + (layer + 0.5) * column - host.scrollLeft;
  const y = (/** @type {number} */ layer, /** @type {number} */ unit) => TOP + (unit - 0.5 + (centred ? (most - sizes[layer]) / 2 : 0)) * pitch - host.scrollTop;
  return { pitch, size, x, y };
}

/** Once for all that has changed since: a drag brings several messages for each picture of the screen. */
function draw() {
  due ||= requestAnimationFrame(drawNow);
}

/** @param {number} time */
function drawNow(time) {
  due = 0;
  if (inHand() && time - drawnAt < IN_HAND_MS) return draw();
  drawnAt = time;
  if (!hands.drawn || state.tab !== "network") return;
  const host = element("network-drawing");
  if (!host.clientWidth) return;
  placed = place(hands.drawn.header);
  const [width, height] = [host.clientWidth, host.clientHeight];
  const context = fitCanvas(element("network-canvas"), { width, height });
  const style = getComputedStyle(document.documentElement);
  const colours = Object.fromEntries(["ink", "ink2", "ink3", "surface", "accent", "line", "positive", "negative", "danger"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  context.clearRect(0, 0, width, height);
  drawEdges(context, colours);
  drawUnits(context, colours);
  drawHeads(context, colours, width);
  saySeen();
}

/**
 * The strongest edges; those of the unit that is looked at all of them, and clearly.
 * @param {CanvasRenderingContext2D} context @param {Record<string, string>} colours
 */
function drawEdges(context, colours) {
  const { edges } = drawn();
  const at = lookedAt();
  for (const [k, ofLayer] of edges.entries()) {
    for (const [from, to, share] of ofLayer) edge(context, colours, k + 1, from + 1, to + 1, share, at ? 0.35 : 0.8);
  }
  const unit = ofDrawn(known());
  if (!unit) return;
  const line = unit.layer === 1 && drawn().lines[unit.unit - 1]; // in the plane
  const own = line ? line.slice(0, 2) : unit.weights;
  for (const [layer, weights, incoming] of /** @type {[number, (string | number)[], boolean][]} */ ([[unit.layer, own, true], [unit.layer + 1, unit.out, false]])) {
    const top = Math.max(1e-12, ...weights.map((w) => Math.abs(Number(w))));
    weights.forEach((w, j) => {
      const [from, to] = incoming ? [j + 1, unit.unit] : [unit.unit, j + 1];
      if (visible(incoming ? layer - 1 : layer, j + 1)) edge(context, colours, layer, from, to, Number(w) / top, 1);
    });
  }
}

/** @param {number} layer @param {number} unit */
function visible(layer, unit) {
  if (!layer) return true;
  const { first, shown } = drawn().layers[layer - 1];
  return unit > first && unit <= first + shown;
}

/**
 * @param {CanvasRenderingContext2D} context @param {Record<string, string>} colours @param {number} layer
 * @param {number} from @param {number} to @param {number} share @param {number} strength
 */
function edge(context, colours, layer, from, to, share, strength) {
  if (!share) return;
  const { x, y, size } = places();
  const size_ = Math.abs(share);
  context.globalAlpha = strength * (0.15 + 0.85 * size_);
  context.strokeStyle = share > 0 ? colours.positive : colours.negative;
  context.lineWidth = 0.6 + 2.6 * size_;
  context.setLineDash(share > 0 ? [] : [5, 3]); // signs are told apart without colours, too
  context.beginPath();
  context.moveTo(x(layer - 1) + size / 2, y(layer - 1, from));
  context.lineTo(x(layer) - size / 2, y(layer, to));
  context.stroke();
  context.globalAlpha = 1;
  context.setLineDash([]);
}

/** @param {CanvasRenderingContext2D} context @param {Record<string, string>} colours */
function drawUnits(context, colours) {
  const header = drawn();
  const { x, y, size } = places();
  const half = size / 2;
  context.imageSmoothingEnabled = true;
  columns(header).forEach(({ first, shown }, layer) => {
    for (let row = 0; row < shown; row++) {
      const unit = first + row + 1;
      const [left, top] = [x(layer) - half, y(layer, unit) - half];
      if (top > context.canvas.height || top < -size) continue;
      context.drawImage(atlas, 0, (starts[layer] + row) * header.side, header.side, header.side, left, top, size, size);
      frame(context, colours, layer, unit);
    }
  });
}

/** @param {Unit[]} units @param {number} layer @param {number} unit */
const isIn = (units, layer, unit) => units.some((one) => one[0] === layer && one[1] === unit);

/**
 * A unit's edge: chosen, shown in the big picture, frozen (a double one) or off (crossed out).
 * @param {CanvasRenderingContext2D} context @param {Record<string, string>} colours @param {number} layer
 * @param {number} unit
 */
function frame(context, colours, layer, unit) {
  const { x, y, size } = places();
  const [left, top] = [x(layer) - size / 2, y(layer, unit) - size / 2];
  const is = (/** @type {Unit | null} */ other) => same(other, [layer, unit]);
  const { frozen, off } = drawn();
  const marked = is(hands.chosen) || is(lookedAt());
  context.strokeStyle = marked ? colours.accent : colours.ink3;
  context.lineWidth = marked ? 2.4 : 1;
  context.strokeRect(left, top, size, size);
  if (isIn(frozen, layer, unit)) {
    context.strokeStyle = colours.ink;
    context.lineWidth = 1.2;
    context.strokeRect(left - 3, top - 3, size + 6, size + 6);
  }
  if (!isIn(off, layer, unit)) return;
  context.strokeStyle = colours.danger;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(left, top);
  context.lineTo(left + size, top + size);
  context.moveTo(left + size, top);
  context.lineTo(left, top + size);
  context.stroke();
}

/**
 * Above each column its layer and how many units it has.
 * @param {CanvasRenderingContext2D} context @param {Record<string, string>} colours @param {number} width
 */
function drawHeads(context, colours, width) {
  const { sizes } = drawn();
  context.fillStyle = colours.surface;
  context.fillRect(0, 0, width, TOP - 4);
  context.fillStyle = colours.ink2;
  context.font = `${Math.max(11, parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.9)}px Inter, system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "top";
  sizes.forEach((size, layer) => context.fillText(layer ? `${layer} · ${size}` : "x", places().x(layer), 2));
}

/** Which units are seen where not all of them are. */
function saySeen() {
  const header = drawn();
  const widest = Math.max(...header.sizes);
  const cut = header.layers.find(({ shown }, k) => shown < header.sizes[k + 1]);
  write("network-seen", cut ? text("network_seen", { first: cut.first + 1, last: cut.first + cut.shown, all: widest }) : "");
}

/** Another part of a wide layer is seen: have its pictures made. */
function scrolled() {
  if (!placed) return;
  const first = Math.max(1, Math.floor(element("network-drawing").scrollTop / placed.pitch) - 1);
  if (first !== hands.first) {
    hands.first = first;
    ask();
  }
  draw();
}

/** The unit at a point of the canvas, or null. @param {Point} place @returns {Unit | null} */
function unitAt([px, py]) {
  const { sizes } = drawn();
  const { x, y, pitch, size } = places();
  for (let layer = 1; layer < sizes.length; layer++) {
    if (Math.abs(px - x(layer)) > size / 2 + 4) continue;
    const unit = Math.round((py - y(layer, 1)) / pitch) + 1;
    if (unit >= 1 && unit <= sizes[layer] && Math.abs(py - y(layer, unit)) <= pitch / 2) return [layer, unit];
  }
  return null;
}

/** The edge of the chosen unit's, or of those drawn, that passes a point: {layer, from, to}. @param {Point} place */
function edgeAt([px, py]) {
  const { edges } = drawn();
  const { x, y, size } = places();
  let best = /** @type {Edge | null} */ (null);
  const offer = (/** @type {number} */ layer, /** @type {number} */ from, /** @type {number} */ to) => {
    const [x0, y0, x1, y1] = [x(layer - 1) + size / 2, y(layer - 1, from), x(layer) - size / 2, y(layer, to)];
    if (px < x0 || px > x1) return;
    const apart = Math.abs(py - (y0 + ((px - x0) / (x1 - x0)) * (y1 - y0))) * Math.cos(Math.atan2(y1 - y0, x1 - x0));
    if (apart < (best?.apart ?? NEAR)) best = { layer, from, to, apart };
  };
  const chosen = hands.chosen && hands.unit && same(hands.chosen, [hands.unit.layer, hands.unit.unit]) ? ofDrawn(hands.unit) : null;
  chosen?.weights.forEach((_, k) => visible(chosen.layer - 1, k + 1) && offer(chosen.layer, k + 1, chosen.unit));
  if (!best) edges.forEach((ofLayer, k) => ofLayer.forEach(([from, to]) => offer(k + 1, from + 1, to + 1)));
  return best;
}

/** @param {MouseEvent} event @returns {Point} */
function pointOf(event) {
  const box = element("network-canvas").getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

/** @param {PointerEvent} event */
function moved(event) {
  if (!hands.drawn || !placed) return;
  if (dragged) return dragEdge(event, dragged);
  const at = pointOf(event);
  const unit = unitAt(at);
  pointAtUnit(unit);
  element("network-drawing").style.cursor = unit ? "pointer" : edgeAt(at) ? "ns-resize" : "";
}

/** @param {PointerEvent} event */
function pressed(event) {
  if (!hands.drawn || !placed || event.button) return;
  const at = pointOf(event);
  const unit = unitAt(at);
  if (unit) {
    const again = same(unit, shownInPicture());
    choose(unit);
    return showInPicture(again ? null : unit); // a second click: the picture as the mode has it
  }
  const edge = edgeAt(at);
  if (!edge || event.pointerType === "touch" || (edge.layer === 1 && !hands.drawn.header.turns)) return; // a finger scrolls
  event.preventDefault();
  choose([edge.layer, edge.to]);
  dragged = { edge, y: event.clientY, from: null, gesture: newGesture() };
  element("network-drawing").setPointerCapture(event.pointerId);
}

/** Up is more, down is less. @param {PointerEvent} event @param {Dragged} dragged */
function dragEdge(event, dragged) {
  const unit = ofDrawn(known());
  const { edge } = dragged;
  if (!unit || !same([unit.layer, unit.unit], [edge.layer, edge.to])) return;
  dragged.from ??= { value: Number(unit.weights[edge.from - 1]), top: Math.max(0.1, ...unit.weights.map((w) => Math.abs(Number(w)))) };
  const value = dragged.from.value + ((dragged.y - event.clientY) / LONGEST) * dragged.from.top;
  edit([edge.layer, edge.to], { weights: { [edge.from]: value } }, dragged.gesture);
}

function released() {
  dragged = null;
}

/** Arrows go from unit to unit, Enter shows it in the big picture. @param {KeyboardEvent} event */
function moveByKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const sizes = hands.drawn?.header.sizes ?? FIRST; // its drawing may be on the way
  /** @type {Record<string, Point>} */
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const step = steps[event.key];
  if (step) {
    const [layer, unit] = hands.chosen ?? [1, 0];
    const to = hands.chosen ? Math.min(Math.max(layer + step[0], 1), sizes.length - 1) : 1;
    const next = /** @type {Unit} */ ([to, Math.min(Math.max(unit + step[1], 1), sizes[to])]);
    choose(next);
    reveal(next);
  } else if ((event.key === "Enter" || event.key === " ") && hands.chosen) {
    showInPicture(same(hands.chosen, shownInPicture()) ? null : hands.chosen);
  } else if (event.key === "Escape") {
    if (shownInPicture()) showInPicture(null);
    else choose(null);
  } else return;
  event.preventDefault();
}

/** Scroll a unit into sight. @param {Unit} unit */
function reveal([layer, unit]) {
  if (!placed) return; // it is drawn with the next picture of the screen
  const host = element("network-drawing");
  const { pitch, x, y } = placed;
  const [px, py] = [x(layer), y(layer, unit)];
  if (py < TOP + pitch / 2) host.scrollTop -= TOP + pitch - py;
  if (py > host.clientHeight - pitch / 2) host.scrollTop += py - host.clientHeight + pitch;
  if (px < pitch) host.scrollLeft -= 2 * pitch - px;
  if (px > host.clientWidth - pitch) host.scrollLeft += px - host.clientWidth + 2 * pitch;
}
