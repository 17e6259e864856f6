// What exercise 2.6 draws over the picture: half-planes, centres, circles, the radical line.
import { element, state, text, written } from "../core/page.mjs";
import { chosenPane, fitCanvas } from "../picture/picture.mjs";

const MARGIN = 14; // px from the border to the arrow at a centre outside
const STEPS = 240; // of a circle's visible part

/** @type {Area} */
let area; // of the drawing under way

/** The cleared canvas over the picture, made when it is first needed; null hides it. @param {boolean} shown */
export function startOverlay(shown) {
  const pane = chosenPane();
  const canvas = element("power") ?? Object.assign(document.createElement("canvas"), { id: "power" });
  if (canvas.parentNode !== pane.part("picture-clip")) pane.part("picture-clip").append(canvas);
  const place = pane.area();
  canvas.hidden = !shown || !place;
  if (!shown || !place) return null;
  area = place;
  const context = fitCanvas(canvas, area);
  context.clearRect(0, 0, area.width, area.height);
  labels = [];
  context.font = `600 ${parseFloat(getComputedStyle(document.body).fontSize)}px Inter, sans-serif`;
  return context;
}

/** @param {string} name */
const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name);
const halo = () => (state.theme === "dark" ? "rgba(7,9,12,.75)" : "rgba(255,255,255,.85)");
/** @returns {Point[]} */
const corners = () => {
  const [left, right, bottom, top] = [area.toX(0), area.toX(area.width), area.toY(area.height), area.toY(0)];
  return [[left, bottom], [right, bottom], [right, top], [left, top]];
};
/** @param {number[]} flat @returns {Point[]} */
const pairs = (flat) => Array.from({ length: flat.length / 2 }, (_, k) => [flat[2 * k], flat[2 * k + 1]]);
/** @param {Point} point @returns {Point} */
const pixel = ([x, y]) => [area.x(x), area.y(y)];

/**
 * The side p x + q y + r > 0 of a convex polygon (Sutherland & Hodgman 1974).
 * @param {Point[]} polygon @param {number[]} side @returns {Point[]}
 */
function clipped(polygon, [p, q, r]) {
  const value = (/** @type {Point} */ [x, y]) => p * x + q * y + r;
  return polygon.flatMap((a, k) => {
    const b = polygon[(k + 1) % polygon.length];
    const [u, v] = [value(a), value(b)];
    const kept = /** @type {Point[]} */ (u > 0 ? [a] : []);
    if (u > 0 === v > 0) return kept;
    const t = u / (u - v);
    return [...kept, /** @type {Point} */ ([a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])])];
  });
}

/** The two points in which a line leaves the picture, or null. @param {number[]} line */
function across(line) {
  const polygon = clipped(corners(), line);
  const value = (/** @type {Point} */ [x, y]) => Math.abs(line[0] * x + line[1] * y + line[2]);
  const size = Math.hypot(line[0], line[1]) * Math.hypot(area.toX(area.width) - area.toX(0), area.toY(0) - area.toY(area.height));
  const ends = polygon.filter((point) => value(point) < 1e-9 * size);
  return ends.length >= 2 ? [ends[0], ends[ends.length - 1]] : null;
}

/** @param {Point[]} points @param {boolean} close */
function path(points, close) {
  const found = new Path2D();
  for (const point of points) found.lineTo(...pixel(point));
  if (close) found.closePath();
  return found;
}

/**
 * Stroke with a halo, so that it can be seen on any colour.
 * @param {CanvasRenderingContext2D} context @param {Path2D} shape @param {string} colour @param {number} width
 * @param {number[]} dash
 */
function stroke(context, shape, colour, width, dash = []) {
  context.setLineDash([]);
  Object.assign(context, { strokeStyle: halo(), lineWidth: width + 2.5 });
  context.stroke(shape);
  context.setLineDash(dash);
  Object.assign(context, { strokeStyle: colour, lineWidth: width });
  context.stroke(shape);
  context.setLineDash([]);
}

/** @type {[left: number, base: number, width: number][]} */
let labels = []; // where there are some already

/** @param {CanvasRenderingContext2D} context @param {string} words @param {number} x @param {number} y */
function label(context, words, x, y) {
  const width = context.measureText(words).width;
  const left = Math.min(Math.max(x, 4), area.width - width - 4);
  const high = parseFloat(/([\d.]+)px/.exec(context.font)?.[1] ?? "") * 1.25; // of a line of text
  const inside = (/** @type {number} */ at) => Math.min(Math.max(at, high), area.height - 6);
  const free = (/** @type {number} */ at) => !labels.some(([l, b, w]) => Math.abs(b - at) < high && left < l + w + 6 && l < left + width + 6);
  const rows = Array.from({ length: 12 }, (_, k) => inside(inside(y) + (k % 2 ? -1 : 1) * Math.ceil(k / 2) * high));
  const base = rows.find(free) ?? rows[0]; // the nearest row without a label
  labels.push([left, base, width]);
  context.setLineDash([]);
  Object.assign(context, { strokeStyle: halo(), lineWidth: 4, lineJoin: "round", fillStyle: token("--ink") });
  context.strokeText(words, left, base);
  context.fillText(words, left, base);
}

/**
 * Where a unit is active, in the region that the study is about.
 * @param {CanvasRenderingContext2D} context @param {PowerHeader} header @param {number} unit
 */
export function drawHalfPlane(context, { lines, names, region }, unit) {
  const line = lines.slice(3 * unit, 3 * unit + 3);
  const ground = region.length ? pairs(region) : corners();
  const side = clipped(ground, line);
  if (side.length) {
    const shape = path(side, true);
    context.globalAlpha = 0.3;
    context.fillStyle = token("--accent");
    context.fill(shape);
    context.globalAlpha = 1;
  }
  if (region.length) stroke(context, path(ground, true), token("--ink"), 1.2, [5, 3]);
  const ends = across(line);
  if (ends) stroke(context, path(ends, false), token("--accent"), 2.4);
  const [x, y] = side.length ? middle(side) : middle(ground);
  const [here, nowhere] = names[unit].includes(".") ? ["voronoi.above", "voronoi.below"] : ["voronoi.active", "voronoi.inactive"];
  const words = text(side.length ? here : nowhere, { unit: names[unit] });
  label(context, words, x - context.measureText(words).width / 2, y);
}

/** @param {Point[]} polygon */
function middle(polygon) {
  const points = polygon.map(pixel);
  return [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);
}

/**
 * Two neighbouring cells with all that makes them cells of a power diagram.
 * @param {CanvasRenderingContext2D} context @param {PowerHeader} header @param {Pair | null} pair
 */
export function drawPair(context, { region }, pair) {
  if (region.length) stroke(context, path(pairs(region), true), token("--ink"), 1.2, [5, 3]);
  if (!pair) return;
  for (const member of pair.members) stroke(context, path(pairs(member.corners), true), token("--ink"), 1.6);
  if (pair.line) {
    const ends = across(pair.line);
    if (ends) stroke(context, path(ends, false), token("--accent"), 1.6, [7, 4]);
    stroke(context, path(pairs(pair.edge), false), token("--accent"), 3.4);
  }
  pair.members.forEach((member, k) => drawCircle(context, member, k));
  pair.members.forEach((member, k) => drawCentre(context, member, k));
  stroke(context, cross(pixel(pair.at)), token("--accent"), 2);
}

/** @param {Point} at */
function cross([x, y]) {
  const shape = new Path2D();
  for (const [dx, dy] of [[6, 0], [0, 6]]) {
    shape.moveTo(x - dx, y - dy);
    shape.lineTo(x + dx, y + dy);
  }
  return shape;
}

/** @param {CanvasRenderingContext2D} context @param {PairMember} member @param {number} number */
function drawCircle(context, { centre, radiusSquared }, number) {
  if (!(radiusSquared > 0)) return;
  const shape = circle(centre, Math.sqrt(radiusSquared));
  if (shape) stroke(context, shape, token("--ink"), 1.3, number ? [3, 4] : []);
}

/** The part of a circle that may be in the picture: of a huge one only a few degrees. @param {Point} centre @param {number} radius */
function circle([x, y], radius) {
  const frame = corners();
  const [mx, my] = [(frame[0][0] + frame[2][0]) / 2, (frame[0][1] + frame[2][1]) / 2];
  const reach = Math.hypot(frame[2][0] - frame[0][0], frame[2][1] - frame[0][1]) / 2;
  const distance = Math.hypot(mx - x, my - y);
  if (Math.abs(distance - radius) > reach) return null;
  const towards = Math.atan2(my - y, mx - x);
  const half = distance > reach ? Math.asin(reach / distance) * 1.02 : Math.PI;
  const points = Array.from({ length: STEPS + 1 }, (_, k) => {
    const angle = towards + half * ((2 * k) / STEPS - 1);
    return /** @type {Point} */ ([x + radius * Math.cos(angle), y + radius * Math.sin(angle)]);
  });
  return path(points, false);
}

const NAMES = ["P", "Q"]; // not A and B: those are two networks side by side

/** @param {CanvasRenderingContext2D} context @param {PairMember} member @param {number} number */
function drawCentre(context, { centre, radiusSquared }, number) {
  const [px, py] = pixel(centre);
  const inside = px >= 0 && py >= 0 && px <= area.width && py <= area.height;
  let words = NAMES[number];
  if (radiusSquared < 0) words += text("voronoi.negative", { value: written(radiusSquared, 3) });
  if (!inside) return drawFar(context, centre, words);
  if (radiusSquared < 0) {
    stroke(context, cross([px, py]), token("--ink"), 2, [3, 2]);
  } else {
    const mark = new Path2D();
    mark.arc(px, py, 5, 0, 2 * Math.PI);
    stroke(context, mark, token("--ink"), 2);
    context.fillStyle = number ? token("--surface") : token("--ink");
    context.fill(mark);
  }
  label(context, words, px + 9, py - 7);
}

/**
 * A centre outside of the picture: an arrow at the border, and how far from the border it is.
 * @param {CanvasRenderingContext2D} context @param {Point} centre @param {string} words
 */
function drawFar(context, centre, words) {
  const [cx, cy] = [area.width / 2, area.height / 2];
  const [dx, dy] = [area.x(centre[0]) - cx, area.y(centre[1]) - cy];
  const share = Math.min((cx - MARGIN) / Math.abs(dx), (cy - MARGIN) / Math.abs(dy));
  if (!Number.isFinite(share)) return;
  const [x, y] = [cx + dx * share, cy + dy * share];
  const away = Math.hypot(centre[0] - area.toX(x), centre[1] - area.toY(y));
  const angle = Math.atan2(dy, dx);
  const arrow = new Path2D();
  for (const turn of [-2.6, 0, 2.6]) {
    const length = turn ? 9 : 10;
    arrow.lineTo(x + length * Math.cos(angle + turn), y + length * Math.sin(angle + turn));
  }
  arrow.closePath();
  stroke(context, arrow, token("--ink"), 1.5);
  context.fillStyle = token("--ink");
  context.fill(arrow);
  const said = text("voronoi.away", { cell: words, distance: written(away, 3) });
  const width = context.measureText(said).width;
  label(context, said, dx > 0 ? x - width - 14 : x + 14, y + 4);
}
