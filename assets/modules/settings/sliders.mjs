// Range sliders beside the number boxes: the box holds the value, the slider is a way to set it.
import { onLanguage, setNumber, wording, written } from "../core/page.mjs";

const PER_DECADE = 40;
/**
 * A slider: `low` and `high` are its ends as values, `log` says whether its own numbers are powers of ten.
 * @typedef {object} Slider
 * @property {HTMLElement} host
 * @property {HTMLInputElement} input
 * @property {number} low
 * @property {number} high
 * @property {boolean} log
 * @property {boolean} whole
 * @property {number} step
 * @property {number} [value] the box's, which may lie beyond the ends
 * @property {string} [widths] those that its ticks are of
 */

/** @type {Map<string, Slider>} */
const sliders = new Map(); // control's id -> its slider

/** @typedef {{ dragged: (id: string, value: number) => void, takeVariance: (value: string) => boolean }} Hearing */
/** @type {Hearing} */
let heard; // who hears of a slider

/** @param {Hearing} handlers */
export function watchSliders(handlers) {
  heard = handlers;
  onLanguage(() => sliders.forEach((slider) => "value" in slider && speak(slider)));
  for (const host of document.querySelectorAll(".range")) sliders.set(host.dataset.control ?? "", build(host));
}

/** @param {HTMLElement} host */
function build(host) {
  const { low, high, scale, step, number, name, control = "" } = host.dataset;
  /** @type {Slider} */
  const slider = {
    host,
    input: document.createElement("input"),
    low: Number(low), high: Number(high),
    log: scale === "log", whole: number === "int", step: Number(step),
  };
  Object.assign(slider.input, { type: "range", id: `${control}-slider` });
  wording(slider.input, { label: name });
  slider.input.addEventListener("input", () => {
    const value = valueOf(slider);
    slider.value = value;
    fill(slider);
    speak(slider);
    heard.dragged(control, value);
  });
  host.append(slider.input);
  setEnds(slider);
  return slider;
}

/** @param {Slider} slider */
function setEnds(slider) {
  const { input, low, high, log, step } = slider;
  input.min = String(log ? Math.log10(low) : low);
  input.max = String(log ? Math.log10(high) : high);
  input.step = String(log ? 1 / PER_DECADE : step);
}

/** @param {Slider} slider */
function valueOf({ input, log, whole, step, low, high }) {
  const value = log ? 10 ** Number(input.value) : Number(input.value);
  const inside = Math.min(Math.max(value, low), high);
  if (whole) return Math.round(inside);
  return Number(inside.toPrecision(log ? 3 : 6 - Math.max(0, Math.round(-Math.log10(step)) - 2)));
}

/** Move the sliders to the boxes' values; called whenever one of these changed. @param {Record<string, string>} raw */
export function moveSliders(raw) {
  adaptVariance(widthsOf(raw), raw.init);
  for (const [id, slider] of sliders) {
    const value = Number(raw[id.replaceAll("-", "_")]);
    if (!Number.isFinite(value)) continue;
    if (document.activeElement !== slider.input || valueOf(slider) !== value) {
      slider.input.value = String(slider.log ? Math.log10(Math.max(value, 1e-300)) : value);
    }
    slider.value = value; // the box's: it may lie beyond the slider's ends
    speak(slider);
    fill(slider);
  }
}

/** What a screen reader says of the slider's place. @param {Slider} slider */
function speak(slider) {
  slider.input.setAttribute("aria-valuetext", written(slider.value ?? NaN, 6));
}

/** @param {Slider} slider */
function fill({ input, host }) {
  const share = (Number(input.value) - Number(input.min)) / (Number(input.max) - Number(input.min));
  host.style.setProperty("--share", String(share));
}

/** The hidden widths that are in use: those of a list, if there is one. @param {Record<string, string>} raw */
function widthsOf({ hidden, width }) {
  const listed = String(hidden ?? "").split(",").map(Number).filter((n) => n > 0);
  return listed.length ? listed : [Number(width)];
}

/**
 * The slider of s: ticks at 1/n and 2/n, where all layers have one n, and at 1; ends that keep them apart.
 * @param {number[]} widths @param {string} init
 */
function adaptVariance(widths, init) {
  const slider = sliders.get("weight-variance");
  const largest = Math.max(...widths);
  if (!slider || !(largest >= 1 && largest <= 256)) return;
  slider.host.classList.toggle("own", init === "normal");
  if (slider.widths === String(widths)) return;
  slider.widths = String(widths);
  const n = new Set(widths).size === 1 ? largest : 1; // 1: of no use, as of one unit
  slider.low = Math.min(0.25 / largest, 0.05);
  setEnds(slider);
  slider.host.querySelector(".ticks")?.remove();
  const ticks = document.createElement("div");
  ticks.className = "ticks";
  for (const [label, value, side] of /** @type {[string, number, string][]} */ ([["1/n", 1 / n, "left"], ["2/n", 2 / n, "right"], ["1", 1, "middle"]])) {
    if (n <= 2 && label !== "1") continue;
    const tick = document.createElement("button");
    Object.assign(tick, { className: `tick ${side}`, textContent: label, type: "button" });
    const share = (Math.log10(value) - Number(slider.input.min)) / (Number(slider.input.max) - Number(slider.input.min));
    tick.style.setProperty("--at", String(share));
    tick.setAttribute("aria-label", `s = ${label}`);
    tick.addEventListener("click", () => {
      const chosen = String(Number(value.toPrecision(6)));
      if (!heard.takeVariance(chosen)) setNumber("weight-variance", chosen);
    });
    ticks.append(tick);
  }
  slider.host.append(ticks);
}
