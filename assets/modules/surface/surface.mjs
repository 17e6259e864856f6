// A logit or a unit over the plane, in space. Plotly's charts in space come once the tab is opened: the page's own
// Plotly, which has only flat ones, stays what it is.
import { dressed } from "../core/figures.mjs";
import { element, palette, state, text, write } from "../core/page.mjs";
import { onBinary } from "../core/socket.mjs";
import { onRedraw } from "../picture/picture.mjs";

const HALL_TICK = 16; // Plotly draws these numbers in space, and more than twice as large where 24 is asked for

/** @typedef {{ header: SurfaceHeader, bytes: Uint8Array<ArrayBuffer> }} Surface */
/** @type {Promise<PlotlyLibrary> | null} */
let coming = null; // the promise of Plotly's charts in space
/** @type {Surface | null} */
let last = null; // the newest
let drawing = false, due = false; // whether it is to be drawn, or once more: newer, in other colours, at another size
/** @type {boolean | null} */
let able = null; // once it is known

export function watchSurface() {
  onBinary("surface", (header, bytes) => {
    last = { header, bytes };
    draw();
  });
  onRedraw(() => last && draw());
  new ResizeObserver(() => last && draw()).observe(element("surface"));
}

const spatial = () => (coming ??= load());

/** @returns {Promise<PlotlyLibrary>} */
async function load() {
  while (!window.Plotly) await new Promise((next) => setTimeout(next, 20)); // the page's own comes first
  return new Promise((resolve, reject) => {
    const own = window.Plotly;
    const script = document.createElement("script");
    script.src = new URL("./plotly-3d.js", location.href.split(/[?#]/)[0]).href;
    script.onload = () => {
      const found = window.Plotly;
      window.Plotly = own;
      resolve(found);
    };
    script.onerror = () => {
      coming = null;
      reject(new Error("plotly-3d.js"));
    };
    document.head.append(script);
  });
}

/** Whether this browser draws in space at all: a lab's may not, without a graphics driver. */
function inSpace() {
  const context = document.createElement("canvas").getContext("webgl");
  context?.getExtension("WEBGL_lose_context")?.loseContext(); // a page has few of them
  return context !== null;
}

async function draw() {
  if (state.tab !== "surface") return;
  due = true;
  if (drawing) return;
  able ??= inSpace();
  if (!able) return write("surface-text", text("no_webgl"));
  drawing = true;
  try {
    const Spatial = await spatial();
    while (last && due) { // the newest wins
      due = false;
      show(last);
      const host = element("surface");
      if (last.header.points) await Spatial.react(host, ...figure(last), { displaylogo: false, displayModeBar: false, responsive: false });
      else Spatial.purge(host);
    }
  } finally {
    drawing = false;
  }
}

/** @param {Surface} surface */
function show({ header }) {
  write("surface-name", header.title);
  write("surface-text", header.text);
}

/** @param {Surface} surface @returns {[Trace[], Layout]} */
function figure({ header, bytes }) {
  const copy = bytes.slice().buffer; // aligned
  const [along, up] = header.axes; // as the picture's
  const { points: n, triangles: t, edges: e } = header;
  const [x, y, z] = [0, 1, 2].map((k) => new Float32Array(copy, 4 * n * k, n));
  const corners = new Int32Array(copy, 12 * n, 3 * t);
  const ends = new Int32Array(copy, 12 * n + 12 * t, 2 * e);
  const of = (/** @type {number} */ k) => Int32Array.from({ length: t }, (_, f) => corners[3 * f + k]);
  const colours = palette().unit;
  const top = z.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-12);
  const style = getComputedStyle(document.documentElement);
  const [ink, line] = ["--ink2", "--line"].map((name) => style.getPropertyValue(name).trim());
  const mesh = {
    type: "mesh3d", x, y, z, i: of(0), j: of(1), k: of(2), intensity: z, cmin: -top, cmax: top, showscale: false, flatshading: true,
    colorscale: colours.map((colour, k) => [k / (colours.length - 1), colour]),
    lighting: { ambient: 0.75, diffuse: 0.5, specular: 0.05 }, hovertemplate: `${along} %{x:.3g}<br>${up} %{y:.3g}<br>%{z:.4g}<extra></extra>`,
  };
  const tickfont = state.lecture ? { size: HALL_TICK } : {};
  const axis = (/** @type {string} */ title) => ({ title: { text: title }, tickfont, color: ink, gridcolor: line, zerolinecolor: line, showbackground: false, showspikes: false });
  const [x0, x1, y0, y1] = header.window;
  const host = element("surface");
  const away = Math.max(1, host.clientHeight / host.clientWidth); // in a narrow column farther, or its sides are cut off
  const [right, front, over] = [1.3, -1.55, 0.95].map((place) => away * place);
  const scene = { xaxis: { ...axis(along), range: [x0, x1] }, yaxis: { ...axis(up), range: [y0, y1] }, zaxis: axis(""), aspectmode: "manual", aspectratio: { x: 1, y: 1, z: 0.7 }, camera: { eye: { x: right, y: front, z: over }, center: { x: 0, y: 0, z: -0.12 } } };
  const layout = {
    width: host.clientWidth, height: host.clientHeight, margin: { l: 0, r: 0, t: 0, b: 0 }, uirevision: "camera",
    paper_bgcolor: "rgba(0,0,0,0)", font: { family: "Inter, system-ui, sans-serif", size: 11, color: ink }, showlegend: false,
  };
  return [[mesh, ...(e ? [sides(x, y, z, ends, ink)] : [])], { ...dressed({ data: [], layout }).layout, scene }];
}

/**
 * The facets' sides, as one line with gaps.
 * @param {Float32Array} x @param {Float32Array} y @param {Float32Array} z @param {Int32Array} ends
 * @param {string} colour
 */
function sides(x, y, z, ends, colour) {
  const path = (/** @type {Float32Array} */ values) => {
    const out = /** @type {(number | null)[]} */ ([]);
    for (let k = 0; k < ends.length; k += 2) out.push(values[ends[k]], values[ends[k + 1]], null);
    return out;
  };
  return { type: "scatter3d", mode: "lines", x: path(x), y: path(y), z: path(z), line: { color: colour, width: 1.5 }, hoverinfo: "skip" };
}
