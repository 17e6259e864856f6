// The film strip, a small picture of each layer, and the funnel of counts beside it.
import { within } from "../core/elements.mjs";
import { element, onLanguage, state, text, wording, write } from "../core/page.mjs";
import { modes } from "../core/state.mjs";
import { onFrames, onRedraw } from "./picture.mjs";
import { crowd } from "./crowds.mjs";
import { paint } from "./pixels.mjs";
import { bring, tell } from "../core/steps.mjs";
import { on, onBinary, onWelcome, send } from "../core/socket.mjs";
import { layerShown, look, lookAtLayer, onView, showView, sizeOfStrip } from "../core/view.mjs";

/** @type {{ header: SurveyHeader, pixels: Uint8Array } | null} */
let last = null; // the newest survey: {header, pixels}
let ratio = 0; // the screen's pixels per px when they were measured
let asked = 0; // points per side of the screen that a small picture was asked for with

const films = (/** @type {HTMLElement} */ host) => /** @type {HTMLButtonElement[]} */ ([...host.children]);

/** Frames of the film strip for the layers 1…L; a click chooses the layer. @param {FrameHeader} header */
function chooseLayer({ layers, layer: pictured, mode, unit }) {
  if (layers !== state.layers) {
    state.layers = layers;
    showView(); // the box names the layer that there is
  }
  const layer = unit ? layerShown() : pictured; // a unit is of any layer; that of box and counts stays chosen
  const host = element("layer-buttons");
  while (host.children.length > layers) host.lastElementChild?.remove();
  while (host.children.length < layers) host.append(frame(host.children.length + 1));
  host.style.setProperty("--layers", String(layers));
  crowd(host, layers);
  films(host).forEach((button, k) => {
    const last = k + 1 === layers;
    button.classList.toggle("chosen", k + 1 === layer);
    button.classList.toggle("joined", modes[mode].joint && k + 1 < layer);
    button.setAttribute("aria-pressed", String(k + 1 === layer));
    const name = last ? "page.last_layer" : "page.layer";
    wording(button, { title: name, label: name }, { layer: k + 1 });
  });
  redrawStrip();
}

/** @param {number} layer */
function frame(layer) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "film" });
  button.innerHTML = '<canvas></canvas><span class="film-layer"></span> <span class="film-count"></span>';
  within(button, ".film-layer").textContent = String(layer);
  resized.observe(within(button, "canvas"));
  button.addEventListener("click", () => lookAtLayer(layer));
  return button;
}

/** Points per side of the screen that a small picture has; 0 before there is one. */
function thumbSide() {
  const canvas = element("layer-buttons").querySelector("canvas");
  ratio = devicePixelRatio;
  return (asked = Math.round((canvas?.clientWidth ?? 0) * devicePixelRatio));
}

/** Ask for small pictures with a point for each of the screen's pixels, whenever their size is another. */
function refit() {
  const before = asked;
  if (last && before !== thumbSide()) look();
}

const resized = new ResizeObserver(refit);

/** A new survey: small pictures and counts of one step. @param {SurveyHeader} header @param {Uint8Array} pixels */
function showSurvey(header, pixels) {
  const first = last === null;
  last = { header, pixels };
  redrawStrip();
  bring("funnel", header.step);
  tell(header.story, header.step);
  if (first || ratio !== devicePixelRatio) refit(); // other changes of their size are observed
  write("funnel-title", header.title);
  write("funnel-caption", header.caption);
  showFunnel(header.rows);
  if (!element("draws-answer").dataset.asked) say(header.idle);
}

/** No small pictures, until the next survey. */
export function forgetSurvey() {
  last = null;
  element("layer-buttons").replaceChildren();
}

/** Counts over many draws, for the settings as they are now; another click shows the units again. */
export function watchDraws() {
  onBinary("survey", showSurvey);
  on("draws", showDraws);
  onFrames((chosen) => {
    if (chosen) chooseLayer(chosen);
    forgetDraws();
  });
  onView(() => forgetDraws());
  onRedraw(redrawStrip);
  onLanguage(redrawStrip);
  sizeOfStrip(thumbSide);
  const line = element("draws-answer");
  element("draws").addEventListener("click", () => {
    if (line.dataset.asked) return forgetDraws("");
    line.dataset.asked = drawn();
    count();
  });
  onWelcome(() => counting && count()); // the answer was lost with the line
  on("problem", ({ field }) => field === "draws" && forgetDraws(""));
}

let counting = false; // whether an answer is to come

function count() {
  counting = true;
  wording(element("draws-answer"), { text: "page.counting", title: "page.counting" });
  send({ type: "draws", draws: 20 });
}

/** What is drawn anew, and what is counted: layer and window, of cells or of linear regions. */
function drawn() {
  const { accepted, view, which } = state;
  return JSON.stringify([{ ...accepted, speed: "" }, view.layer, view.window, modes[view.mode]?.joint, which]);
}

/** An answer leaves with what was asked about; the units are shown again. */
function forgetDraws(now = drawn()) {
  const line = element("draws-answer");
  if (!line.dataset.asked || line.dataset.asked === now) return;
  delete line.dataset.asked;
  say(last?.header.idle ?? "");
}

/** @param {{ text: string }} answer */
const showDraws = (answer) => element("draws-answer").dataset.asked && say(answer.text);

/** The line has room for two rows; all of it is its tooltip. @param {string} words */
function say(words) {
  counting = false;
  write("draws-answer", words);
  delete element("draws-answer").dataset.title;
  element("draws-answer").title = words;
}

/** Paint the small pictures, again in another theme say. */
function redrawStrip() {
  if (!last) return;
  const { header, pixels } = last;
  const size = header.side * header.side;
  header.thumbs.forEach((thumb, k) => {
    const button = films(element("layer-buttons"))[k];
    if (!button) return;
    paint(within(button, "canvas"), pixels.subarray(k * size, (k + 1) * size), header.side, thumb.mode);
    const last = k + 1 === header.thumbs.length; // of this survey: the frame of another network may have come first
    within(button, ".film-count").textContent = said(thumb, header.exact);
    button.classList.toggle("of-classes", thumb.mode === "classes");
    const name = `page.${last ? "last_" : ""}layer${spoken(thumb, header.exact)}`;
    wording(button, { title: name, label: name }, { layer: k + 1, count: thumb.count });
  });
}

/**
 * What stands beside a layer's number: its cells, of the last layer its classes. Nothing of an output; and nothing
 * where a small picture's coarse grid was all there is, as the large picture has found more on its own.
 * @param {{ mode: string, count: string }} thumb @param {boolean} exact
 */
function said({ mode, count }, exact) {
  if (mode === "value" || !exact) return "";
  return mode === "classes" ? text(count === "1" ? "film_class" : "film_classes", { count }) : count;
}

/** Which of a layer's names says so, too: the one that has all that stands on its button. @param {{ mode: string, count: string }} thumb @param {boolean} exact */
function spoken({ mode, count }, exact) {
  if (mode === "value") return "_value";
  if (!exact) return "";
  return count === "1" ? "_counted_one" : "_counted";
}

/** @param {SurveyHeader["rows"]} rows */
function showFunnel(rows) {
  const host = element("funnel");
  if (!host.children.length) {
    host.append(row("columnheader"));
  }
  while (host.children.length <= rows.length) host.append(row("cell"));
  while (host.children.length > rows.length + 1) host.lastElementChild?.remove();
  ["funnel_column", "bar_column", "count_column", "share_column"].forEach((key, k) => {
    within(host.children[0].children[k], "span").textContent = text(key);
  });
  rows.forEach(({ key, letter, label, help, count, bar, share }, k) => {
    const line = host.children[k + 1];
    line.className = `funnel-row funnel-${key}`;
    const [name, track, number, part] = line.querySelectorAll("[role=cell]");
    name.replaceChildren(Object.assign(document.createElement("b"), { textContent: letter }), ` ${label}`);
    name.title = help;
    within(track, "i").style.width = `${100 * bar}%`;
    number.textContent = count;
    part.textContent = share;
  });
}

/** @param {"cell" | "columnheader"} role */
function row(role) {
  const line = document.createElement("div");
  line.className = "funnel-row";
  line.setAttribute("role", "row");
  for (let k = 0; k < 4; k++) {
    const cell = document.createElement("span");
    cell.setAttribute("role", role);
    const bar = k === 1; // has no words; its head says to who cannot see it what its length means
    const inside = document.createElement(bar && role === "cell" ? "i" : "span");
    if (bar && role !== "cell") inside.className = "visually-hidden";
    cell.append(inside);
    line.append(cell);
  }
  return line;
}
