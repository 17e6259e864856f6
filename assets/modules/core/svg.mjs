// SVG by hand: text that stays text, a canvas that writes paths, and from an SVG a PNG.
import { penOf } from "./elements.mjs";

export const FONT = "Inter, system-ui, sans-serif";
const FACE = "./assets/fonts/inter-latin-wght-normal.woff2";
const LINE = 1.45; // of a text's size
const SPARE = 0.95; // of a line: where Inter is not installed letters may be wider
/** A text, its weight and its colour. @typedef {[said: string, weight: number, colour: string]} Paragraph */
const NEVER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g; // not even escaped, in XML

/** @param {string | number} said */
export const escaped = (said) =>
  String(said).replace(NEVER, "").replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const pen = penOf(document.createElement("canvas"));

/** How wide a text is in px. @param {string} said @param {number} size */
export function widthOf(said, size, weight = 400) {
  pen.font = `${weight} ${size}px ${FONT}`;
  return pen.measureText(said).width;
}

/** Text broken into lines of a width in px. @param {string} said @param {number} width @param {number} size @param {number} weight */
function broken(said, width, size, weight) {
  const lines = [""];
  for (const word of said.split(/ +/)) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (!lines.at(-1) || widthOf(longer, size, weight) <= SPARE * width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.filter(Boolean);
}

/**
 * Paragraphs [text, weight, colour] as SVG below each other: {svg, height}.
 * @param {Paragraph[]} parts @param {{ x: number, y: number, width: number, size: number }} place
 */
export function paragraphs(parts, { x, y, width, size }) {
  /** @type {string[]} */
  const body = [];
  let at = y;
  for (const [said, weight, colour] of parts.filter(([said]) => said)) {
    for (const line of broken(said, width, size, weight)) {
      at += size * LINE;
      body.push(`<text x="${x}" y="${at.toFixed(1)}" font-weight="${weight}" fill="${colour}">${escaped(line)}</text>`);
    }
  }
  return { svg: `<g font-family="${FONT}" font-size="${size}">${body.join("")}</g>`, height: at - y };
}

/**
 * A whole document with what is inside, on a ground.
 * @param {{ width: number, height: number, ground: string, title: string, body: string }} document
 */
export const documentOf = ({ width, height, ground, title, body }) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`
  + `<title>${escaped(title)}</title><rect width="${width}" height="${height}" fill="${ground}"/>${body}</svg>\n`;

/** Takes the strokes that are meant for a canvas and writes them as paths. */
export class Strokes {
  /** @type {string[]} */
  paths = [];
  lineWidth = 1;
  strokeStyle = "#000";
  globalAlpha = 1;
  lineCap = "butt";
  /** @type {number[]} */
  #dash = [];
  /** @type {string[]} */
  #d = [];
  /** @type {[number, string, number, string, number[]][]} */
  #kept = [];

  save() { this.#kept.push([this.lineWidth, this.strokeStyle, this.globalAlpha, this.lineCap, this.#dash]); }
  restore() {
    const kept = this.#kept.pop();
    if (kept) [this.lineWidth, this.strokeStyle, this.globalAlpha, this.lineCap, this.#dash] = kept;
  }
  /** @param {number[]} dash */
  setLineDash(dash) { this.#dash = dash; }
  beginPath() { this.#d = []; }
  /** @param {number} x @param {number} y */
  moveTo(x, y) { this.#d.push(`M${round(x)} ${round(y)}`); }
  /** @param {number} x @param {number} y */
  lineTo(x, y) { this.#d.push(`L${round(x)} ${round(y)}`); }
  stroke() {
    if (!this.#d.length) return;
    const look = [`stroke="${this.strokeStyle}"`, `stroke-width="${round(this.lineWidth)}"`, `stroke-linecap="${this.lineCap}"`];
    if (this.globalAlpha < 1) look.push(`opacity="${this.globalAlpha}"`);
    if (this.#dash.length) look.push(`stroke-dasharray="${this.#dash.join(" ")}"`);
    this.paths.push(`<path ${look.join(" ")} d="${this.#d.join("")}"/>`);
  }
}

/** @param {number} value */
const round = (value) => Math.round(value * 100) / 100;

/** Plotly's drawing of a figure, as SVG to put into another. @param {Figure} figure @param {{ width: number, height: number }} size */
export async function plotted(figure, { width, height }, { x = 0, y = 0 } = {}) {
  const config = { staticPlot: true, locale: "en" };
  const drawn = await window.Plotly.toImage({ ...figure, config }, { format: "svg", width, height, imageDataOnly: true });
  return drawn.slice(drawn.indexOf("<svg")).replace("<svg", `<svg x="${x}" y="${y}"`);
}

/** @type {Promise<string> | null} */
let face = null; // the page's own letters, which an image cannot see

/** Where the server does not answer, the browser's own letters will do: the next picture asks again. */
const faceStyle = async () => {
  const letters = await fetch(FACE).then((found) => found.blob()).catch(() => /** @type {null} */ (null));
  if (!letters) {
    face = null;
    return "";
  }
  const address = await new Promise((/** @type {(address: unknown) => void} */ read) => {
    const reader = new FileReader();
    reader.onload = () => read(reader.result);
    reader.readAsDataURL(letters);
  });
  return `<style>@font-face { font-family: Inter; font-weight: 100 900; src: url(${address}); }</style>`;
};

/** An SVG as a canvas of so many pixels per unit. @param {string} svg @param {number} scale */
export async function rastered(svg, scale) {
  const style = await (face ??= faceStyle());
  const image = new Image();
  image.src = URL.createObjectURL(new Blob([svg.replace("</title>", `</title>${style}`)], { type: "image/svg+xml" }));
  await image.decode();
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width: Math.round(image.width * scale), height: Math.round(image.height * scale) });
  penOf(canvas).drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(image.src);
  return canvas;
}

/** @param {HTMLCanvasElement} canvas @returns {Promise<Blob>} */
export const pngOf = (canvas) => new Promise((made, failed) => canvas.toBlob((file) => (file ? made(file) : failed(new Error("no picture"))), "image/png"));
