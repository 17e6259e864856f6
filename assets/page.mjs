// What the scripts know of the page: its data, its elements, Dash's properties.
import { dressed } from "./figures.mjs";
import { grouped, number, typed, withPoint } from "./numbers.mjs";

export const data = JSON.parse(document.getElementById("cellscope-data").textContent);
export const { palettes, controls } = data;
export const element = (id) => document.getElementById(id);

/** A text of the catalogue, its {names} filled in; numbers as the page's language writes them. */
export function words(key, values = {}) {
  const said = (value) => (typeof value === "number" ? written(value) : value);
  return data.texts[state.language][key].replace(
    /\{\{|\}\}|\{(\w+)\}/g,
    (found, name) => (name === undefined ? found[0] : said(values[name])),
  );
}

/** A number as the page's language writes it. */
export const written = (value, digits) =>
  Number.isInteger(value) && digits === undefined ? grouped(value) : number(value, state.language, digits);

/**
 * Have an element say texts by their ids, now and in another language: `ids` holds its `text`, its
 * `title` (the tooltip) and its `label` (for screen readers), or some of them.
 */
export function wording(node, ids, values) {
  Object.assign(node.dataset, ids);
  if (values) node.dataset.values = JSON.stringify(values);
  reword(node);
}

/** Say again what an element's ids name. */
export function reword(node) {
  const { text: content, title, label, values } = node.dataset;
  const filled = values && JSON.parse(values);
  if (content) node.textContent = words(content, filled);
  if (title) node.title = words(title, filled);
  if (label) node.setAttribute("aria-label", words(label, filled));
}

/** Have a function called when the language has changed. */
export const onLanguage = (handler) => onLanguage.handlers.push(handler);
onLanguage.handlers = [];

/** A text that only scripts say. */
export const text = (key, values) => words(`page.${key}`, values);

const figures = new Map(); // graph's id -> its figure as the server made it

/** Change a property of a Dash component, as a callback would; figures get the page's text size. */
export function setProps(id, props) {
  const { figure } = props;
  if (figure) figures.set(id, figure);
  window.dash_clientside.set_props(id, figure ? { ...props, figure: dressed(figure, element(id)?.clientHeight) } : props);
}

/** No chart any more, until the server sends it again. */
export function blankFigures() {
  const none = { visible: false };
  for (const id of figures.keys()) setProps(id, { figure: { data: [], layout: { xaxis: none, yaxis: none } } });
}

const boxes = new Map(); // box's id -> the number that the page wrote into it, with a point

/** Put a number into its box, with the decimal sign of the page's language. */
export function setNumber(id, value) {
  boxes.set(id, String(value));
  const said = typed(value, state.language);
  if (element(id)) element(id).value = said; // Dash takes 0,5 after 0.5 for no number, and says NaN
  setProps(id, { value: said });
}

/** The number in a box, with a point; null where it could be two; also in the language before. */
export function readBox(id, raw) {
  const known = boxes.get(id);
  const unchanged = known !== undefined && data.languages.some((one) => typed(known, one) === raw);
  return unchanged ? known : withPoint(raw, state.language);
}

/** Every chart once more: the text has another size. */
export function dressAgain() {
  for (const [id, figure] of figures) setProps(id, { figure });
}

/** Put text into an element, touching the page only where it changes. */
export function write(id, value) {
  const node = element(id);
  if (!node) return;
  delete node.dataset.text;
  const set = FORMULA.test(value);
  if ((set ? node.dataset.set : node.textContent) === value) return;
  if (set) typeset(node, value);
  else {
    delete node.dataset.set;
    node.textContent = value;
  }
}

const FORMULA = /([σqyh])_([a-z])([⁻⁰¹²³₋₀₁₂₃]*)/u; // σ_b², q_l₋₁

/** Text with its formulas set as such. */
export function typeset(node, value) {
  node.dataset.set = value;
  node.replaceChildren();
  let rest = value;
  for (let found; (found = FORMULA.exec(rest)); rest = rest.slice(found.index + found[0].length)) {
    const index = document.createElement("sub");
    index.textContent = found[2];
    const sign = document.createElement("i");
    sign.textContent = found[1];
    node.append(rest.slice(0, found.index), sign, index, found[3]);
  }
  node.append(rest);
}

/** Call once Dash has drawn the page and Plotly is there. */
export function whenPageStands(then) {
  const ready = () => window.Plotly && document.querySelector("#cells .js-plotly-plot");
  const check = () => (ready() ? then() : setTimeout(check, 20));
  check();
}

/** Which of the palettes the picture has now: the theme's, or the hall's. */
export const palette = () => palettes[state.lecture && state.theme === "light" ? "lecture" : state.theme];

/** The state that the scripts share; nothing else is kept in two places. */
export const state = {
  session: null, // id, made by the server
  connected: false, // whether the server is heard
  accepted: {}, // the settings that the experiment has
  view: { layer: 2, mode: "cells", window: [-5, 5, -5, 5], pixels: 401, lines: true, points: "train" },
  language: document.documentElement.lang, // see 00-language.js
  theme: "light",
  fold: { controls: null, hide: [] }, // the controls that a link names (null: all), the parts it hides
  lecture: false, // full screen, large text, colours and boundaries for a hall
  side: "pre",
  precision: "float64",
  tab: "overview",
  which: "a", // of two networks, the one whose layers and counts are shown
  status: "paused",
  step: 0, // of the picture
  recalled: false, // whether an earlier step is shown than the run's newest
  reproducible: true, // whether the settings, from the start, lead to just this step
  layers: 0,
  sheet: null, // the question that is open in the guide
  preset: "none", // what the menu of presets shows
  guided: false, // whether the rail shows the guide
  covered: false, // whether a question waits for its prediction
};
