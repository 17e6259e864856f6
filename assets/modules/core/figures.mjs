// Charts in a hall: the server's figures with text, margins and marks as large as the page's own.
import { apart } from "./labels.mjs";
import { state } from "./state.mjs";

const TEXT = 11; // px, of the figures as the server makes them
const LAPTOP = 12.5; // px, the page's text size for which the server makes its figures
const MARK = 15; // px of text beside which marks and lines have the server's size
const LINE = 1.7, LETTER = 0.55; // height of a power of ten and width of a letter, in text sizes
const TICK_LINE = 1.6; // from tick to tick, in text sizes
const AROUND = new Set(["l", "r", "t", "b"]);
/** How much larger: texts (in px; null: they stay), places, marks. @typedef {{ text: number | null, place: number, mark: number }} Scales */
const PLACED = new Set(["standoff", "xshift", "yshift", "ax", "ay", "thickness"]);

/** The page's own text size in CSS pixels. */
const textSize = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

/** The figure as it is to be drawn at a height in px, if that matters: outside of the lecture as it came. @param {Figure} figure */
export function dressed(figure, height = 0) {
  if (!figure?.layout) return figure;
  const text = textSize();
  if (!state.lecture) return named(uncrowded(larger(figure, text / LAPTOP), height), height);
  const scales = { text, place: text / TEXT, mark: Math.max(1, text / MARK) };
  const layout = enlarged(figure.layout, "layout", scales);
  if (height) fitAxes(layout, height, text);
  return named({ ...figure, data: enlarged(figure.data, "data", scales), layout }, height);
}

/** With the names at its lines apart, at its height. @param {Figure} figure @param {number} height */
function named(figure, height) {
  const { annotations, margin } = figure.layout;
  if (!height || !annotations?.length) return figure;
  const inside = height - (margin?.t ?? 0) - (margin?.b ?? 0);
  return { ...figure, layout: { ...figure.layout, annotations: apart(annotations, inside) } };
}

/**
 * Upright axes with no more ticks than find room one above the other, and never fewer than two.
 * @param {Figure} figure @param {number} height
 */
function uncrowded(figure, height) {
  if (!height) return figure;
  const { t = 0, b = 0 } = figure.layout.margin ?? {};
  const axes = axesOf(figure.layout).filter(([, axis]) => (axis?.type === "log" ? axis.dtick && axis.range : axis?.nticks));
  const fewer = axes.map(([name, axis]) => {
    const [bottom, top] = axis.domain ?? [0, 1];
    const line = TICK_LINE * (axis.type === "log" ? 1.5 : 1) * (axis.tickfont?.size ?? TEXT); // exponents are tall
    const most = Math.max(2, Math.floor(((height - t - b) * (top - bottom)) / line) + 1);
    if (axis.type === "log" && axis.range) return [name, { ...axis, dtick: Math.max(Number(axis.dtick), Math.ceil((axis.range[1] - axis.range[0]) / most)) }];
    return [name, { ...axis, nticks: Math.min(axis.nticks ?? most, most) }];
  });
  return { ...figure, layout: { ...figure.layout, ...Object.fromEntries(fewer) } };
}

/** The upright axes, by their names. @param {Layout} layout */
const axesOf = (layout) => /** @type {[string, Axis][]} */ (Object.entries(layout).filter(([name]) => name.startsWith("yaxis")));

/** On a larger screen letters, margins and distances grow with the page's text. @param {Figure} figure @param {number} place */
function larger(figure, place) {
  if (place <= 1.02) return figure;
  return { ...figure, layout: enlarged(figure.layout, "layout", { text: null, place, mark: 1 }) };
}

/**
 * A log axis has as many powers as find room one above the other; a title that would stand beside others' ticks goes.
 * @param {Layout} layout @param {number} height @param {number} text
 */
function fitAxes(layout, height, text) {
  const { t = 0, b = 0 } = layout.margin ?? {}; // a chart that was taken away has none
  const inside = height - t - b;
  for (const [, axis] of axesOf(layout)) {
    const [bottom, top] = axis.domain ?? [0, 1];
    const room = inside * (top - bottom);
    if ((axis.title?.text ?? "").length * LETTER * text > 2 * room) axis.title = { ...axis.title, text: "" };
    if (axis.type !== "log" || typeof axis.dtick !== "number" || !axis.range) continue;
    const most = Math.max(1, Math.floor(room / (LINE * text)));
    axis.dtick = Math.max(axis.dtick, Math.ceil((axis.range[1] - axis.range[0]) / most));
  }
}

/** Any part of a figure. @param {any} part @param {string} name @param {Scales} scales @returns {any} */
function enlarged(part, name, scales) {
  if (Array.isArray(part)) {
    const nested = part.some((entry) => entry && typeof entry === "object" && !Array.isArray(entry));
    return nested ? part.map((entry) => enlarged(entry, name, scales)) : part; // numbers: data
  }
  if (!part || typeof part !== "object" || ArrayBuffer.isView(part)) return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, sized(name, key, value, scales)]));
}

/** @param {string} name @param {string} key @param {any} value @param {Scales} scales */
function sized(name, key, value, scales) {
  if (key === "size" && name.endsWith("font")) return scales.text ?? times(value, scales.place);
  if (scales.text === null) return (name === "margin" && AROUND.has(key)) || PLACED.has(key) ? times(value, scales.place) : enlarged(value, key, scales);
  if ((key === "size" && name === "marker") || (key === "width" && name === "line")) return times(value, scales.mark);
  if (key === "xshift" && value > -20) return value * 0.65; // x₁: nearer to the end, clear of a tick before it
  if (name === "margin" && key === "r" && value > 40) return value * scales.place * 1.2; // words stand there
  if ((name === "margin" && AROUND.has(key)) || PLACED.has(key)) return times(value, scales.place);
  return enlarged(value, key, scales);
}

/** @type {(value: unknown, scale: number) => unknown} */
const times = (value, scale) =>
  Array.isArray(value) ? value.map((v) => v * scale) : typeof value === "number" ? value * scale : value;
