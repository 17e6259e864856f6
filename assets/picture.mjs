// The picture: palette indices on a canvas under the Plotly graph, which brings axes, zoom, points.
// At rest the graph's own heatmap holds the same cells, so that hovering and saving find them.
import { dressed } from "./figures.mjs";
import { element, palette, setProps, state, text, write } from "./page.mjs";
import { lookAt } from "./controls.mjs";
import { drawSpotlight, refreshInspection } from "./inspector.mjs";
import { drawSegments } from "./lines.mjs";
import { chooseLayer, redrawStrip } from "./survey.mjs";
import { sharpen } from "./stream.mjs";

const REST_MS = 350; // without a new frame the picture is at rest
const TRAINING_REST_MS = 1000; // a late frame is no rest: the graph's drawing would delay the next
const READABLE_MS = 70;
const FULL = [-5, 5, -5, 5];
const lookups = new Map(); // a mode's palette -> Uint32Array of 256 RGBA pixels
let last = null; // the frame on screen: {header, indices}
let plain = null; // the data points' figure as the server made it
let points = { data: [], layout: {} }; // and as it is drawn
let restTimer = 0;
let textTimer = 0;
let resting = false; // whether the heatmap is shown
let square = {}; // the graph's size, axes included
let dragmode = "zoom"; // what dragging over the graph does
let expected = null; // the axis ranges we set ourselves

const graph = () => document.querySelector("#cells .js-plotly-plot");
const paletteOf = (mode) => palette()[mode === "regions" ? "cells" : mode];

/** A palette as 256 RGBA pixels, in the theme of the page. */
export function lookup(mode) {
  const key = paletteOf(mode);
  if (!lookups.has(key)) {
    const table = new Uint32Array(256);
    key.forEach((colour, k) => {
      const rgb = parseInt(colour.slice(1), 16);
      table[k] = (255 << 24) | ((rgb & 255) << 16) | (rgb & 0xff00) | (rgb >> 16);
    });
    lookups.set(key, table);
  }
  return lookups.get(key);
}

/** Draw one frame and everything that belongs to it, so that the page shows one step. */
export function drawFrame(frame) {
  const { header } = frame;
  const before = last?.header;
  last = frame;
  paint();
  if (!before || changed(before, header, ["window", "width"])) showWindow(header);
  else show();
  if (!before || changed(before, header, ["layer", "layers", "mode"])) chooseLayer(header);
  showState(header);
  refreshInspection();
  if (resting) setTimeout(hideHeatmap); // the picture first: the graph takes long to draw
  resting = false;
  clearTimeout(restTimer);
  restTimer = setTimeout(rest, header.status === "training" ? TRAINING_REST_MS : REST_MS);
}

/** Nothing moves: a picture with a point for each pixel of the screen, then the heatmap. */
function rest() {
  const { header } = last;
  const side = Math.min(1001, Math.round(graph()._fullLayout.xaxis._length * devicePixelRatio));
  if (header.status !== "training" && state.view.pixels > 101 && header.width < side) sharpen(side);
  else showHeatmap();
}

const changed = (a, b, keys) => keys.some((key) => String(a[key]) !== String(b[key]));

const painters = []; // who paints in the theme's colours, too
const placers = []; // who draws over the picture

/** Have a function called when everything is to be painted again, in another theme say. */
export const onRedraw = (painter) => painters.push(painter);

/** Have a function called whenever the picture's place or window has changed. */
export const onPlaced = (placer) => placers.push(placer);

/** Paint the last frame again, in another theme say. */
export function redraw() {
  redrawStrip();
  for (const painter of painters) painter();
  if (!last) return;
  paint();
  show();
  if (resting) showHeatmap();
}

const raster = document.createElement("canvas"); // the frame's own pixels, one per grid point

/** The frame's palette indices as pixels. */
function paint() {
  const { header, indices } = last;
  if (raster.width !== header.width || raster.height !== header.height) {
    Object.assign(raster, { width: header.width, height: header.height });
  }
  const context = raster.getContext("2d", { alpha: false });
  const image = context.createImageData(header.width, header.height);
  const pixels = new Uint32Array(image.data.buffer);
  const table = lookup(header.mode);
  for (let k = 0; k < pixels.length; k++) pixels[k] = table[indices[k]];
  if (header.edges) shadeEdges(pixels, indices, header.width);
  context.putImageData(image, 0, 0);
}

/** Darken the pixels where the colour changes: boundaries too many to be drawn in motion. */
function shadeEdges(pixels, indices, width) {
  const last = indices.length - width;
  for (let k = 0; k < last; k++) {
    const index = indices[k];
    if (index === indices[k + 1] && index === indices[k + width]) continue;
    const colour = pixels[k];
    pixels[k] = state.lecture ? 0xff000000 : 0xff000000 | (((colour & 0xfefefe) >>> 1) + 0x060404);
  }
}

/** Pixels and boundaries on the page, where the axes say their window is, also during a zoom. */
function show() {
  const area = plotArea();
  if (!area) return;
  const context = fitCanvas(element("picture"), area, { alpha: false });
  const { header } = last;
  const [x0, x1, y0, y1] = header.window;
  const edges = ranges({}, header.window, header.width);
  const [left, right] = edges.xaxis.range.map(area.x);
  const [bottom, top] = edges.yaxis.range.map(area.y);
  if (left > 0 || top > 0 || right < area.width || bottom < area.height) {
    context.fillStyle = getComputedStyle(document.body).backgroundColor;
    context.fillRect(0, 0, area.width, area.height);
  }
  context.imageSmoothingEnabled = false;
  context.drawImage(raster, left, top, right - left, bottom - top);
  const corner = { left: area.x(x0), right: area.x(x1), bottom: area.y(y0), top: area.y(y1) };
  drawSegments(context, area.width, last, corner, state);
}

/** A canvas over the plot area at the screen's own resolution; units are CSS pixels. */
export function fitCanvas(canvas, { width, height }, options) {
  const ratio = devicePixelRatio;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    Object.assign(canvas, { width: w, height: h });
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  }
  const context = canvas.getContext("2d", options);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** Values at once; texts, in motion, as often as they can be read: each lays the page out anew. */
function showState(header) {
  element("step-count").dataset.value = String(header.step);
  element("status").dataset.value = header.status;
  if (header.status !== "training" || header.status !== state.status) showTexts();
  else textTimer ||= setTimeout(showTexts, READABLE_MS);
  if (state.status !== header.status) {
    state.status = header.status;
    document.documentElement.dataset.status = header.status;
    element("play").setAttribute("aria-label", text(header.status === "training" ? "pause" : "play"));
  }
}

function showTexts() {
  clearTimeout(textTimer);
  textTimer = 0;
  const { header } = last;
  write("step-count", String(header.step).replace(/\B(?=(\d{3})+$)/g, "\u202f"));
  write("count", header.countText);
  write("note", header.note);
  write("status", header.statusText);
  write("rate", header.rate ? text("rate", { rate: header.rate.toLocaleString("en") }) : "");
}

/** New data points (or the same in another theme): draw the graph anew around the picture. */
export function showPoints(figure) {
  plain = figure;
  points = dressed(figure);
  redrawGraph().then(() => {
    listen();
    fitSquare();
    place();
  });
}

/** The same points in another text size. */
export const redrawPoints = () => plain && showPoints(plain);

/** The graph with the heatmap as it should be now; ours, whatever Dash drew before. */
function redrawGraph() {
  const window = last?.header.window ?? state.view.window;
  const pixels = last?.header.width ?? state.view.pixels;
  const { width, height } = square;
  const layout = { ...points.layout, ...ranges(points.layout, window, pixels), dragmode };
  if (width) Object.assign(layout, { width, height, autosize: false });
  return Plotly.react(graph(), [heatmap(), ...points.data], layout);
}

/** Dash draws its own, empty figure once more after a change of its own: then draw ours again. */
function restore() {
  if (graph().layout.margin?.l !== points.layout.margin?.l) redrawGraph();
  place();
}

/** Axis ranges that show every pixel of the window whole. */
function ranges(layout, [x0, x1, y0, y1], pixels) {
  const dx = (x1 - x0) / (pixels - 1) / 2;
  const dy = (y1 - y0) / (pixels - 1) / 2;
  return {
    xaxis: { ...layout.xaxis, range: [x0 - dx, x1 + dx], autorange: false },
    yaxis: { ...layout.yaxis, range: [y0 - dy, y1 + dy], autorange: false },
  };
}

function showWindow(header) {
  const { xaxis, yaxis } = ranges({}, header.window, header.width);
  const now = graph()._fullLayout;
  const there = [...now.xaxis.range, ...now.yaxis.range];
  const wanted = [...xaxis.range, ...yaxis.range];
  if (there.every((v, k) => Math.abs(v - wanted[k]) < 1e-3 * (wanted[1] - wanted[0]))) return place();
  expected = wanted;
  Plotly.relayout(graph(), { "xaxis.range": xaxis.range, "yaxis.range": yaxis.range }).then(place);
}

let placed = ""; // the plot area's place, so that the page is not laid out again without need

/** Put the canvases over the plot area and draw what belongs there. */
function place() {
  const area = plotArea();
  if (!area) return;
  const box = [area.left, area.top, area.width, area.height].map((v) => `${v}px`);
  if (placed !== box.join()) {
    placed = box.join();
    const [left, top, width, height] = box;
    Object.assign(element("picture-clip").style, { left, top, width, height });
  }
  show();
  drawSpotlight();
  for (const placer of placers) placer();
}

/** Where data coordinates lie in the plot area, in CSS pixels, and the area's size. */
export function plotArea() {
  const { xaxis, yaxis } = graph()?._fullLayout ?? {};
  if (!xaxis || !last) return null;
  return {
    left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length,
    x: (v) => xaxis.d2p(v), y: (v) => yaxis.d2p(v),
    toX: (p) => xaxis.p2d(p), toY: (p) => yaxis.p2d(p),
  };
}

/** What dragging over the graph does: "zoom", or false for nothing. */
export function setDragging(mode) {
  dragmode = mode;
  Plotly.relayout(graph(), { dragmode });
}

export const shownVersion = () => last?.header.version;

let listening = null;
function listen() {
  const node = graph();
  if (listening === node) return;
  listening = node;
  node.on("plotly_relayouting", place);
  node.on("plotly_afterplot", restore);
  node.on("plotly_relayout", zoomed);
  node.on("plotly_doubleclick", () => lookAt({ window: FULL }));
  new ResizeObserver(fitSquare).observe(element("picture-place"));
  fitSquare();
}

/** The user zoomed or moved the axes: have the picture computed for what they show now. */
function zoomed(event) {
  if (!Object.keys(event).some((key) => key.includes("axis.range"))) return;
  const { xaxis, yaxis } = graph()._fullLayout;
  const seen = [...xaxis.range, ...yaxis.range];
  if (expected && seen.every((v, k) => v === expected[k])) {
    expected = null;
    return;
  }
  const shrink = 1 / state.view.pixels / 2; // the half pixel at each end
  const inner = ([a, b]) => [a + (b - a) * shrink, b - (b - a) * shrink];
  lookAt({ window: [...inner(xaxis.range), ...inner(yaxis.range)] });
}

/** The largest square picture that its place can hold, axes included. */
function fitSquare() {
  const { clientWidth, clientHeight } = element("picture-place");
  const { l, r, t, b } = points.layout.margin ?? { l: 34, r: 8, t: 8, b: 26 };
  const side = Math.max(120, Math.min(clientWidth - l - r, clientHeight - t - b));
  const frame = element("picture-frame").style;
  const size = { width: side + l + r, height: side + t + b };
  if (frame.width === `${size.width}px` && frame.height === `${size.height}px`) return;
  Object.assign(frame, { width: `${size.width}px`, height: `${size.height}px` });
  square = size;
  Plotly.relayout(graph(), { ...size, autosize: false }).then(place);
}

/** The heatmap trace of the last frame; hidden while frames come. */
function heatmap() {
  if (!last || !resting) return { type: "heatmap", z: [[0]], visible: false, showscale: false };
  const { header, indices } = last;
  const { width, height, window: [x0, x1, y0, y1] } = header;
  const axis = (a, b, n) => Float64Array.from({ length: n }, (_, k) => a + ((b - a) * k) / (n - 1));
  const palette = paletteOf(header.mode);
  const z = Array.from({ length: height }, (_, row) => indices.subarray(row * width, (row + 1) * width));
  return {
    type: "heatmap", x: axis(x0, x1, width), y: axis(y1, y0, height), z,
    zmin: -0.5, zmax: palette.length - 0.5, showscale: false, zsmooth: false, visible: true,
    opacity: 0, // the canvas beneath shows the same, with the lines on top
    colorscale: palette.flatMap((c, k) => [[k / palette.length, c], [(k + 1) / palette.length, c]]),
    hovertemplate: "x₁ %{x:.4g}<br>x₂ %{y:.4g}<extra></extra>",
  };
}

function showHeatmap() {
  if (!graph() || !points.data.length) return;
  resting = true;
  redrawGraph();
}

function hideHeatmap() {
  if (!resting) Plotly.restyle(graph(), { visible: false }, [0]);
}
