// A pane: palette indices on a canvas under a Plotly graph, which brings axes, zoom and points.
// At rest the graph's own heatmap holds the same cells, so that hovering and saving find them.
import { penOf } from "../core/elements.mjs";
import { dressed } from "../core/figures.mjs";
import { element, state } from "../core/state.mjs";
import { drawSegments } from "./lines.mjs";
import { paint, paletteOf } from "./pixels.mjs";
import { lookAt } from "../core/view.mjs";

/** @type {Bounds} */
const FULL = [-5, 5, -5, 5];
const MARGIN = { l: 34, r: 8, t: 8, b: 26 };
const CONFIG = { displaylogo: false, displayModeBar: false, scrollZoom: true, doubleClick: false };
/** Of all panes; `second`: the points of the second one where they are others. @type {{ points: Figure, second: Figure | null, dragmode: "zoom" | false }} */
export const shared = { points: { data: [], layout: {} }, second: null, dragmode: "zoom" };

/** Whether the view shows this trace's data points: `meta` names their set. @param {Trace} trace */
function isChosen({ meta }) {
  if (state.fold.hide.includes("points")) return false;
  return state.view.points === "all" || state.view.points === meta;
}

/** @param {any} a @param {any} b @param {string[]} keys */
const changed = (a, b, keys) => keys.some((key) => String(a[key]) !== String(b[key]));

/** One network's picture; that of the second network has its elements' ids end in "-b". */
export class Pane {
  /** @type {Frame | null} */
  last = null; // the frame on screen: {header, indices, ends, styles}
  resting = false; // whether the heatmap is shown
  /** @type {{ width: number, height: number }} */
  #square = { width: 0, height: 0 }; // the graph's size, axes included
  #stands = false; // whether the graph is there and ours: Plotly takes longer than the first picture
  /** @type {Promise<void> | null} */
  #coming = null; // the promise that it will
  /** @type {number[] | null} */
  #expected = null; // the axis ranges we set ourselves
  #placed = ""; // the plot area's place, so that the page is not laid out again without need
  /** @type {Graph | null} */
  #listening = null;
  /** @type {ResizeObserver | null} */
  #resized = null;
  #raster = document.createElement("canvas"); // the frame's own pixels, one per grid point

  /** @param {Which} which @param {() => void} placed @param {(name: string) => HTMLElement} find */
  constructor(which, placed, find = element) {
    this.which = which;
    this.suffix = which === "a" ? "" : `-${which}`;
    this.placed = placed; // called when the plot area may have moved
    this.find = find; // an element by its name
  }

  /** Its element of a name. @param {string} name */
  part(name) {
    return this.find(name + this.suffix);
  }

  /** One of them that is a canvas. @param {string} name */
  canvas(name) {
    return /** @type {HTMLCanvasElement} */ (this.part(name));
  }

  /** Whether there is a graph that shows what it should. */
  get stands() {
    return this.#stands;
  }

  /** It does, or will soon. */
  async standing() {
    while (!this.#stands) await new Promise((next) => setTimeout(next, 50));
  }

  get graph() {
    return /** @type {Graph | null} */ (this.part("cells").querySelector(".js-plotly-plot"));
  }

  /** The graph, once it stands. */
  get #drawn() {
    return /** @type {Graph} */ (this.graph);
  }

  get #full() {
    return /** @type {NonNullable<Graph["_fullLayout"]>} */ (this.#drawn._fullLayout);
  }

  /** The frame's own pixels, one per grid point. */
  pixels() {
    return this.#raster;
  }

  /** Draw one frame. @param {Frame} frame */
  draw(frame) {
    const { header } = frame;
    if (!this.#square.width) this.#watchPlace();
    const before = this.last?.header;
    this.last = frame;
    // After an edit it is of the same step and has, often, as many lines.
    const same = ["run", "step", "version", "mode", "unit", "layer", "window", "width", "exact", "lines"];
    if (!before || changed(before, header, same)) this.#paint();
    if (!before || changed(before, header, ["window", "width"])) this.#showWindow(header);
    else if (changed(before, header, same)) this.#show();
    if (this.resting && this.#stands) this.#drawn.data[0].visible = false; // nobody sees it; drawing the graph takes long
    this.resting = false;
  }

  /** Show nothing, until the next frame. */
  blank() {
    if (!this.last) return;
    this.last = null;
    this.resting = false;
    for (const name of ["picture", "spotlight"]) this.canvas(name).width = 0;
    if (this.#stands) this.#redrawGraph();
  }

  /** Paint the last frame again, in another theme say. */
  redraw() {
    if (!this.last) return;
    this.#paint();
    this.#show();
    if (this.resting) this.showHeatmap();
  }

  /** The frame's palette indices as pixels. */
  #paint() {
    if (!this.last) return;
    const { header, indices } = this.last;
    const { width, height, mode, edges } = header;
    paint(this.#raster, indices, width, mode, height, (pixels) => edges && shadeEdges(pixels, indices, width));
  }

  /** Pixels and boundaries on the page, where the axes say their window is, also during a zoom. */
  #show() {
    const area = this.area();
    if (!area || !this.last) return;
    const context = fitCanvas(this.canvas("picture"), area, { alpha: false });
    const { header } = this.last;
    const [x0, x1, y0, y1] = header.window;
    const edges = ranges({}, header.window, header.width);
    const [left, right] = edges.xaxis.range.map(area.x);
    const [bottom, top] = edges.yaxis.range.map(area.y);
    if (left > 0 || top > 0 || right < area.width || bottom < area.height) {
      context.fillStyle = getComputedStyle(document.body).backgroundColor;
      context.fillRect(0, 0, area.width, area.height);
    }
    context.imageSmoothingEnabled = false;
    context.drawImage(this.#raster, left, top, right - left, bottom - top);
    const corner = { left: area.x(x0), right: area.x(x1), bottom: area.y(y0), top: area.y(y1) };
    drawSegments(context, area.width, this.last, corner, state);
  }

  /** New data points (or the same in another theme): draw the graph anew around the picture. */
  async showPoints() {
    if (!this.#stands) return (this.#coming ??= this.#standUp());
    await this.#redrawGraph();
    this.#place();
  }

  /** The first time: once there is something to draw it with, and into. */
  async #standUp() {
    while (!window.Plotly || (this.which === "a" && !this.graph)) await new Promise((next) => setTimeout(next, 20));
    await this.#redrawGraph();
    this.#stands = true;
    this.part("picture-frame").toggleAttribute("data-axes", true); // until then Dash's empty graph is not shown
    this.#listen();
    this.#watchPlace();
    this.#place();
  }

  /** The graph with the heatmap as it should be now; ours, whatever Dash drew before. */
  #redrawGraph() {
    const { dragmode } = shared;
    const points = (this.which === "b" && shared.second) || shared.points;
    const window = this.last?.header.window ?? state.view.window;
    const pixels = this.last?.header.width ?? state.view.pixels;
    const { width, height } = this.#square;
    const layout = { ...points.layout, ...ranges(points.layout, window, pixels), dragmode };
    if (width) Object.assign(layout, { width, height, autosize: false });
    const traces = [this.#heatmap(), ...points.data.filter(isChosen)];
    if (this.graph) return Plotly.react(this.graph, traces, layout);
    // The second pane's graph is made when it is first needed: who never compares never waits.
    const node = document.createElement("div");
    this.part("cells").append(node);
    return Plotly.newPlot(node, traces, layout, CONFIG);
  }

  /** Dash draws its own, empty figure once more after a change of its own: then draw ours again. */
  #restore() {
    if (!this.#stands) return;
    if (this.#drawn.layout.margin?.l !== shared.points.layout.margin?.l) this.#redrawGraph();
    this.#place();
  }

  /** @param {FrameHeader} header */
  #showWindow(header) {
    if (!this.#stands) return this.#place();
    const now = this.#full;
    const { xaxis, yaxis } = ranges({}, header.window, header.width);
    const there = [...now.xaxis.range, ...now.yaxis.range];
    const wanted = [...xaxis.range, ...yaxis.range];
    if (there.every((v, k) => Math.abs(v - wanted[k]) < 1e-3 * (wanted[1] - wanted[0]))) {
      this.#place();
      return;
    }
    this.#expected = wanted;
    const change = { "xaxis.range": xaxis.range, "yaxis.range": yaxis.range };
    Plotly.relayout(this.#drawn, change).then(() => this.#place());
  }

  /** Show a part of what there is, or more, until its own picture comes: fingers move it. @param {Bounds} window */
  preview(window) {
    if (!this.#stands || !this.last) return;
    const { xaxis, yaxis } = ranges({}, window, this.last.header.width);
    this.#expected = [...xaxis.range, ...yaxis.range];
    Plotly.relayout(this.#drawn, { "xaxis.range": xaxis.range, "yaxis.range": yaxis.range });
  }

  /** Put the canvases over the plot area and draw what belongs there. */
  #place() {
    const area = this.area();
    if (!area) return;
    const box = [area.left, area.top, area.width, area.height].map((v) => `${v}px`);
    if (this.#placed !== box.join()) {
      this.#placed = box.join();
      const [left, top, width, height] = box;
      Object.assign(this.part("picture-clip").style, { left, top, width, height });
    }
    this.#show();
    this.placed();
  }

  /** Where data coordinates lie in the plot area, in CSS pixels, and the area's size. @returns {Area | null} */
  area() {
    if (!this.last) return null;
    if (!this.#stands) return this.#planned();
    const { xaxis, yaxis } = this.#full;
    return {
      left: xaxis._offset, top: yaxis._offset, width: xaxis._length, height: yaxis._length,
      x: (v) => xaxis.d2p(v), y: (v) => yaxis.d2p(v),
      toX: (p) => xaxis.p2d(p), toY: (p) => yaxis.p2d(p),
    };
  }

  /** Where the graph is going to have it. @returns {Area | null} */
  #planned() {
    const { width, height } = this.#square;
    if (!width || !this.last) return null;
    const { l, r, t, b } = margins();
    const { xaxis, yaxis } = ranges({}, this.last.header.window, this.last.header.width);
    const across = scaled(xaxis.range, width - l - r);
    const down = scaled([yaxis.range[1], yaxis.range[0]], height - t - b);
    return {
      left: l, top: t, width: width - l - r, height: height - t - b,
      x: across.to, y: down.to, toX: across.from, toY: down.from,
    };
  }

  #listen() {
    const node = this.#drawn;
    if (this.#listening === node) return;
    this.#listening = node;
    node.on("plotly_relayouting", () => this.#place());
    node.on("plotly_afterplot", () => this.#restore());
    node.on("plotly_relayout", (event) => this.#zoomed(event));
    node.on("plotly_doubleclick", () => lookAt({ window: FULL }));
  }

  /** The picture is as large as its place allows. */
  #watchPlace() {
    this.fit();
    this.#resized ??= new ResizeObserver(() => this.fit());
    this.#resized.observe(this.part("picture-place"));
  }

  /** The user zoomed or moved the axes: have the picture computed for what they show now. @param {object} event */
  #zoomed(event) {
    if (!Object.keys(event).some((key) => key.includes("axis.range"))) return;
    const { xaxis, yaxis } = this.#full;
    const seen = [...xaxis.range, ...yaxis.range];
    const expected = this.#expected;
    if (expected && seen.every((v, k) => v === expected[k])) {
      this.#expected = null;
      return;
    }
    const shrink = 1 / (this.last?.header.width ?? state.view.pixels) / 2; // the half pixel at each end
    /** @type {(range: [number, number]) => [number, number]} */
    const inner = ([a, b]) => [a + (b - a) * shrink, b - (b - a) * shrink];
    lookAt({ window: [...inner(xaxis.range), ...inner(yaxis.range)] });
  }

  /** The largest square picture that its place can hold, axes included. */
  fit() {
    const { clientWidth, clientHeight } = this.part("picture-place");
    if (!clientWidth) return; // hidden
    const { l, r, t, b } = margins();
    const side = Math.max(120, Math.min(clientWidth - l - r, clientHeight - t - b));
    const frame = this.part("picture-frame").style;
    const size = { width: side + l + r, height: side + t + b };
    if (frame.width === `${size.width}px` && frame.height === `${size.height}px`) return;
    Object.assign(frame, { width: `${size.width}px`, height: `${size.height}px` });
    this.#square = size;
    if (!this.#stands) return this.#place();
    Plotly.relayout(this.#drawn, { ...size, autosize: false }).then(() => this.#place());
  }

  /** The heatmap trace of the last frame; hidden while frames come. @returns {Trace} */
  #heatmap() {
    if (!this.last || !this.resting) return { type: "heatmap", z: [[0]], visible: false, showscale: false };
    const { header, indices } = this.last;
    const { width, height, window: [x0, x1, y0, y1] } = header;
    const axis = (/** @type {number} */ a, /** @type {number} */ b, /** @type {number} */ n) => Float64Array.from({ length: n }, (_, k) => a + ((b - a) * k) / (n - 1));
    const colours = paletteOf(header.mode);
    const z = Array.from({ length: height }, (_, row) => indices.subarray(row * width, (row + 1) * width));
    return {
      type: "heatmap", x: axis(x0, x1, width), y: axis(y1, y0, height), z,
      zmin: -0.5, zmax: colours.length - 0.5, showscale: false, zsmooth: false, visible: true,
      opacity: 0, // the canvas beneath shows the same, with the lines on top
      colorscale: colours.flatMap((c, k) => [[k / colours.length, c], [(k + 1) / colours.length, c]]),
      hovertemplate: "x₁ %{x:.4g}<br>x₂ %{y:.4g}<extra></extra>",
    };
  }

  showHeatmap() {
    if (!this.#stands || !shared.points.data.length) return;
    this.resting = true;
    this.#redrawGraph();
  }

}

/**
 * Around the plot area: as the server has them, and before it has said so; in whole pixels, as Plotly has them.
 */
function margins() {
  const given = shared.points.layout.margin ?? dressed({ data: [], layout: { margin: MARGIN } }).layout.margin;
  const { l, r, t, b } = { ...MARGIN, ...given };
  return { l: Math.round(l), r: Math.round(r), t: Math.round(t), b: Math.round(b) };
}

/** Data units and pixels of an axis, to and fro. @param {[from: number, to: number]} ends @param {number} length */
const scaled = ([from, to], length) => ({
  to: (/** @type {number} */ v) => ((v - from) / (to - from)) * length,
  from: (/** @type {number} */ p) => from + (p / length) * (to - from),
});

/** Darken the pixels where the colour changes: boundaries too many to be drawn in motion. @param {Uint32Array} pixels @param {Uint8Array} indices @param {number} width */
function shadeEdges(pixels, indices, width) {
  const last = indices.length - width;
  for (let k = 0; k < last; k++) {
    const index = indices[k];
    if (index === indices[k + 1] && index === indices[k + width]) continue;
    const colour = pixels[k];
    pixels[k] = state.lecture ? 0xff000000 : 0xff000000 | (((colour & 0xfefefe) >>> 1) + 0x060404);
  }
}

/**
 * A canvas over the plot area at the screen's own resolution; units are CSS pixels.
 * @param {HTMLCanvasElement} canvas @param {{ width: number, height: number }} size
 * @param {CanvasRenderingContext2DSettings} [options]
 */
export function fitCanvas(canvas, { width, height }, options) {
  const ratio = devicePixelRatio;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) {
    Object.assign(canvas, { width: w, height: h });
    Object.assign(canvas.style, { width: `${width}px`, height: `${height}px` });
  }
  const context = penOf(canvas, options);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/**
 * Axis ranges that show every pixel of the window whole.
 * @param {Layout} layout @param {Bounds} window @param {number} pixels @returns {Record<"xaxis" | "yaxis", Axis & { range: [number, number] }>}
 */
function ranges(layout, [x0, x1, y0, y1], pixels) {
  const dx = (x1 - x0) / (pixels - 1) / 2;
  const dy = (y1 - y0) / (pixels - 1) / 2;
  return {
    xaxis: { ...layout.xaxis, range: [x0 - dx, x1 + dx], autorange: false },
    yaxis: { ...layout.yaxis, range: [y0 - dy, y1 + dy], autorange: false },
  };
}
