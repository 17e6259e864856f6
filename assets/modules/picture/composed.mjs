// The picture as it stands on screen, as one drawing: cells, lines, points, axes, a key of the
// points and what it shows. Everything comes from the frames on screen, so it is of one step.
import { drawSegments } from "./lines.mjs";
import { stateOf } from "../core/moment.mjs";
import { queryOf } from "../core/requests.mjs";
import { modes } from "../core/state.mjs";
import { state, text, words } from "../core/page.mjs";
import { panes } from "./picture.mjs";
import { FONT, Strokes, documentOf, paragraphs, plotted, widthOf } from "../core/svg.mjs";

/** @typedef {import("./pane.mjs").Pane} Pane */
/** @typedef {ReturnType<typeof captured>} Captured */
/** @typedef {ReturnType<typeof coloursOfPage>} Colours */
const GAP = 24; // px, around and between
const MARK = 45; // px, of a mark in the key, with the room around it
const ON_TOP = ["ruler-answer", "batch-text"]; // what the line and the rings over the picture are
const MOST_POLYGONS = 20_000; // lines from which pixels are quicker, and as good

/**
 * What is on screen as {svg, width, height, name}. `overlays`: with what is pointed at or measured;
 * `sharp`: with polygons from the server where it still has this state.
 * @returns {Promise<Drawing>}
 */
export async function composed({ overlays = false, sharp = false } = {}) {
  for (const pane of panes()) if (!pane.stands) await pane.standing(); // its axes are part of it
  const shown = panes().map((pane) => captured(pane, overlays));
  const colours = coloursOfPage();
  const parts = captionOf(shown, colours); // now: while it is drawn the page goes on
  const size = Math.max(12, Math.min(24, parseFloat(getComputedStyle(document.body).fontSize)));
  const drawn = await Promise.all(shown.map((one) => drawnOf(one, colours, size, sharp)));
  const width = Math.ceil(drawn.reduce((sum, one) => sum + one.width + GAP, GAP));
  const foot = Math.max(...drawn.map((one) => one.height)) + GAP / 2;
  const caption = paragraphs(parts, { x: GAP, y: foot, width: width - 2 * GAP, size });
  const height = Math.ceil(foot + caption.height + GAP);
  let left = GAP;
  const body = drawn.map((one) => {
    const placed = `<g transform="translate(${left} ${GAP / 2})">${one.svg}</g>`;
    left += one.width + GAP;
    return placed;
  });
  const title = `Cellscope: ${parts.map(([said]) => said).filter(Boolean).join(" · ")}`;
  const svg = documentOf({ width, height, ground: colours.surface, title, body: [...body, caption.svg].join("") });
  return { svg, width, height, name: nameOf(shown.map(({ header }) => header)) };
}

/** The number of the unit whose output a frame shows; null where it shows what its mode says. @param {FrameHeader} header */
export const unitShown = ({ mode, unit }) => (mode === "unit" && unit ? unit[1] : null);

/** What a file of these frames is called. @param {FrameHeader[]} headers */
export function nameOf([header, second]) {
  const unit = unitShown(header);
  const layer = modes[header.mode].of_layer || unit ? `-layer-${header.layer}` : "";
  return `cellscope-${second ? "a-and-b-" : ""}${header.mode}${unit ? `-${unit}` : ""}${layer}-step-${header.shownStep}`;
}

function coloursOfPage() {
  const style = getComputedStyle(document.documentElement);
  const [surface, ink, ink2] = ["--surface", "--ink", "--ink2"].map((name) => style.getPropertyValue(name).trim());
  return { surface, ink, ink2 };
}

/** One pane now: its frame, pixels, lines, points and axes, so that nothing later mixes in. @param {Pane} pane @param {boolean} overlays */
function captured(pane, overlays) {
  const { last, graph } = pane;
  const area = pane.area();
  if (!last || !graph?._fullLayout || !area) throw new Error("no picture");
  const { header } = last;
  const [x0, x1, y0, y1] = header.window;
  const strokes = new Strokes();
  const corner = { left: area.x(x0), right: area.x(x1), bottom: area.y(y0), top: area.y(y1) };
  drawSegments(strokes, area.width, last, corner, state);
  const { data, layout, _fullLayout: full } = graph;
  const points = data.filter((trace) => trace.type === "scatter" && trace.visible !== false && trace.x?.length);
  /** @type {{ xaxis: Axis, yaxis: Axis }} */
  const axes = { xaxis: { ...layout.xaxis, range: [...full.xaxis.range] }, yaxis: { ...layout.yaxis, range: [...full.yaxis.range] } };
  const spotlight = pane.canvas("spotlight");
  const over = overlays && spotlight.width && !spotlight.hidden ? spotlight.toDataURL() : null;
  return { header, corner, lines: strokes.paths, points, over, layout: { ...layout, ...axes },
    area: { left: area.left, top: area.top, width: area.width, height: area.height },
    size: { width: full.width, height: full.height }, pixels: pane.pixels().toDataURL() };
}

/**
 * One picture with its name above and the key of its points below: {svg, width, height}.
 * @param {Captured} one @param {Colours} colours @param {number} size @param {boolean} sharp
 */
async function drawnOf(one, colours, size, sharp) {
  const { area, header, layout, points } = one;
  const head = paragraphs([[header.which ? `${header.which.toUpperCase()}: ${header.heading}` : "", 650, colours.ink],
    [header.ownText ?? "", 400, colours.ink2]], { x: 0, y: 0, width: one.size.width, size });
  const { width, height } = one.size;
  const margin = { l: area.left, t: area.top, r: width - area.left - area.width, b: height - area.top - area.height };
  const figure = { data: points, layout: { ...layout, width, height, margin, autosize: false, showlegend: false } };
  const top = head.height ? head.height + size * 0.6 : 0;
  const graph = await plotted(figure, { width, height }, { y: top });
  const key = await keyOf(points, { width: width - area.left, size, colour: colours.ink2 }, { x: area.left, y: top + height });
  const clip = `<svg x="${area.left}" y="${area.top + top}" width="${area.width}" height="${area.height}" overflow="hidden">`;
  const lines = one.lines.length ? `<g class="boundaries" fill="none">${one.lines.join("")}</g>` : "";
  const over = one.over ? `<image width="${area.width}" height="${area.height}" href="${one.over}"/>` : "";
  const cells = (sharp && (await polygons(one))) || pixels(one);
  return { svg: `${head.svg}${clip}${cells}${lines}${over}</svg>${graph}${key.svg}`, width, height: top + height + key.height };
}

/**
 * What each kind of point is, in a drawing of its own: a key beside the picture would shrink it.
 * @param {Trace[]} points @param {{ width: number, size: number, colour: string }} look
 * @param {{ x: number, y: number }} place
 */
async function keyOf(points, { width, size, colour }, place) {
  if (!points.length) return { svg: "", height: 0 };
  const longest = Math.ceil(Math.max(...points.map(({ name }) => widthOf(name ?? "", size)))) + 8;
  const columns = Math.max(1, Math.floor(width / (longest + MARK)));
  const height = Math.ceil(points.length / columns) * (size * 1.3 + 6) + 14;
  /** @type {Axis} */
  const axis = { visible: false, range: [0, 1], fixedrange: true };
  const legend = { orientation: "h", x: 0, y: 1, xanchor: "left", yanchor: "top", entrywidth: longest, maxheight: height, font: { size, color: colour }, itemsizing: "trace" };
  const layout = { width, height, margin: { l: 0, r: 0, t: 0, b: 0 }, xaxis: axis, yaxis: axis, showlegend: true, legend,
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { family: FONT } };
  const nowhere = /** @type {null[]} */ ([null]);
  const data = points.map((trace) => ({ ...trace, x: nowhere, y: nowhere, showlegend: true }));
  return { svg: await plotted({ data, layout }, { width, height }, place), height };
}

/** The frame's own pixels, where its window lies; half a pixel stands out on each side. @param {Captured} one */
function pixels({ header, corner, pixels: address }) {
  const [dx, dy] = [(corner.right - corner.left) / (header.width - 1) / 2, (corner.bottom - corner.top) / (header.height - 1) / 2];
  const box = [corner.left - dx, corner.top - dy, corner.right - corner.left + 2 * dx, corner.bottom - corner.top + 2 * dy];
  const [x, y, width, height] = box.map((v) => v.toFixed(3));
  return `<image class="cells" x="${x}" y="${y}" width="${width}" height="${height}" preserveAspectRatio="none"`
    + ` style="image-rendering: pixelated" href="${address}"/>`;
}

/** The same as polygons, if this state has any that look the same and the server still has it and answers. @param {Captured} one */
async function polygons({ header, corner }) {
  const { mode, exact, width, edges, lines, layer, window: seen, which = "a" } = header;
  const sheetGrid = width <= 101; // its coarse pixels are what one is to see
  if (!exact || modes[mode].graded || sheetGrid || edges || lines > MOST_POLYGONS) return null;
  const { session, theme, lecture, language } = state;
  const query = queryOf({ session, ...stateOf(header), which, mode, layer, window: seen, theme, lecture: lecture ? 1 : 0, lang: language, lines: false });
  const answer = await fetch(`./export/svg?${query}`).catch(() => /** @type {null} */ (null));
  if (answer?.status !== 200) return null;
  const page = new DOMParser().parseFromString(await answer.text(), "image/svg+xml");
  const box = page.querySelector("#axes rect");
  const cells = page.querySelector("#cells");
  if (!box || !cells) return null;
  const [x, y, w, h] = ["x", "y", "width", "height"].map((name) => Number(box.getAttribute(name)));
  const [sx, sy] = [(corner.right - corner.left) / w, (corner.bottom - corner.top) / h];
  cells.setAttribute("transform", `translate(${corner.left - x * sx} ${corner.top - y * sy}) scale(${sx} ${sy})`);
  cells.removeAttribute("id"); // of two pictures in one file both have them
  for (const node of cells.querySelectorAll("[id]")) node.removeAttribute("id");
  cells.setAttribute("class", "cells");
  return new XMLSerializer().serializeToString(cells);
}

/** What a unit is called, which in the last layer is an output. @param {FrameHeader} header @param {number} unit */
function calledUnit({ layer, layers, task }, unit) {
  if (layer < layers) return text("picture_unit", { unit });
  return task === "regression" ? words("choice.mode.value") : text("picture_logit", { unit });
}

/**
 * What the picture shows, line by line: mode and layer, counts, network, what else must be known.
 * @param {Captured[]} shown @param {Colours} colours @returns {import("../core/svg.mjs").Paragraph[]}
 */
function captionOf(shown, { ink, ink2 }) {
  const [{ header }] = shown;
  const { mode, layer, layers } = header;
  const unit = unitShown(header);
  const called = unit ? calledUnit(header, unit) : words(`choice.mode.${mode}`);
  const what = unit || modes[mode].of_layer ? text("picture_caption", { mode: called, layer, layers }) : called;
  const of = (/** @type {FrameHeader} */ { which }, /** @type {string} */ said) => (which && said ? `${which.toUpperCase()}: ${said}` : said);
  const each = shown.flatMap(({ header: own }) => /** @type {import("../core/svg.mjs").Paragraph[]} */ ([
    [of(own, own.countText), 400, ink], [of(own, own.named), 400, ink2], [of(own, own.note), 400, ink2]]));
  const over = shown.some((one) => one.over) ? ON_TOP.map((id) => document.getElementById(id)?.textContent ?? "") : [];
  const broken = ["diverged", "failed"].includes(header.status) ? header.statusText : "";
  return [[what, 650, ink], [broken, 650, ink], ...each,
    ...over.map((said) => /** @type {import("../core/svg.mjs").Paragraph} */ ([said, 400, ink2])), [text("picture_by"), 400, ink2]];
}
