// What the scripts do with the page: its texts, its elements, Dash's properties.
import { filled } from "./filled.mjs";
import { grouped, number, typed, withPoint } from "./numbers.mjs";
import { data, element, field, state } from "./state.mjs";
import { waits } from "./typing.mjs";

export { controls, data, element, field, modes, palette, palettes, state } from "./state.mjs";

/**
 * A text of the catalogue, its {names} filled in; numbers as the page's language writes them.
 * @param {string} key @param {Values} [values]
 */
export const words = (key, values = {}) =>
  filled(data.texts[state.language][key], values, (value) => (typeof value === "number" ? written(value) : value));

/** A number as the page's language writes it. @param {number} value @param {number} [digits] */
export const written = (value, digits) =>
  Number.isInteger(value) && digits === undefined ? grouped(value) : number(value, state.language, digits);

/**
 * Have an element say texts by their ids, now and in another language: `ids` holds its `text`, its
 * `title` (the tooltip) and its `label` (for screen readers), or some of them.
 * @param {HTMLElement} node @param {{ text?: string, title?: string, label?: string }} ids @param {Values} [values]
 */
export function wording(node, ids, values) {
  Object.assign(node.dataset, ids);
  if (values) node.dataset.values = JSON.stringify(values);
  reword(node);
}

/** Say again what an element's ids name. @param {HTMLElement} node */
export function reword(node) {
  const { text: content, title, label, values } = node.dataset;
  const filled = values && JSON.parse(values);
  if (content) node.textContent = words(content, filled);
  if (title) node.title = words(title, filled);
  if (label) node.setAttribute("aria-label", words(label, filled));
}

/** Have a function called when the language has changed. @param {() => unknown} handler */
export const onLanguage = (handler) => onLanguage.handlers.push(handler);
/** @type {(() => unknown)[]} */
onLanguage.handlers = [];

/** A text that only scripts say. @param {string} key @param {Values} [values] */
export const text = (key, values) => words(`page.${key}`, values);

/**
 * Change a property of a Dash component, as a callback would; a value not while it is typed over.
 * @param {string} id @param {object} props
 */
export function setProps(id, props) {
  if ("value" in props && waits(id, () => setProps(id, props))) return;
  tellDash(id, props);
}

/** The same, also while it is typed over. @param {string} id @param {object} props */
export const tellDash = (id, props) => window.dash_clientside.set_props(id, props);

/** @type {Map<string, string>} */
const boxes = new Map(); // box's id -> the number that the page wrote into it, with a point

/** Put a number into its box, with the decimal sign of the page's language. @param {string} id @param {string | number} value */
export function setNumber(id, value) {
  if (waits(id, () => setNumber(id, value))) return;
  const said = typed(value, state.language);
  const known = boxes.get(id) === String(value);
  if (known && field(id)?.value === said) return; // Dash takes long for each
  boxes.set(id, String(value));
  showNumber(id, value); // Dash takes 0,5 after 0.5 for no number, and says NaN
  tellDash(id, { value: said });
}

/** Show a number in its box, of which Dash hears later. @param {string} id @param {string | number} value */
export function showNumber(id, value) {
  if (element(id)) field(id).value = typed(value, state.language);
}

/** The number in a box, with a point; null where it could be two; also in the language before. @param {string} id @param {string} raw */
export function readBox(id, raw) {
  const known = boxes.get(id);
  const unchanged = known !== undefined && data.languages.some((one) => typed(known, one) === raw);
  return unchanged ? known : withPoint(raw, state.language);
}

/** Put text into an element, touching the page only where it changes. @param {string} id @param {string} value */
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

const FORMULA = /(?<!\p{L})([σqyhn])_(in|[a-z])(?!\p{L})([⁻⁰¹²³₋₀₁₂₃]*)/u; // σ_b², q_l₋₁, n_in; not leaky_relu

/** Text with its formulas set as such. @param {HTMLElement} node @param {string} value */
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

/** Call once Dash has built the page, before anything else; Plotly draws its charts into it later. @param {() => void} then */
export function whenPageStands(then) {
  const stands = () => element("cells") && window.dash_clientside?.set_props;
  if (stands()) return then();
  const building = new MutationObserver(() => {
    if (!stands()) return;
    building.disconnect();
    then();
  });
  building.observe(document.body, { childList: true, subtree: true });
}
