// Layer by layer: the width of each hidden layer by − and +, and its own activation.
import { controls, element, onLanguage, state, words, wording } from "../core/page.mjs";
import { ask, asked, onSettings } from "./controls.mjs";

const [LEAST, MOST] = [1, 256]; // units of a layer
let shown = ""; // what the rows show

export function watchLayers() {
  element("layer-details").addEventListener("toggle", show);
  onSettings(show);
  onLanguage(() => {
    shown = "";
    if (state.session) show();
  });
}

function show() {
  const widths = widthsNow();
  const now = JSON.stringify([widths, asked("activation")]);
  if (!element("layer-details").open || now === shown) return;
  shown = now;
  const host = element("layer-list");
  const focused = [...host.querySelectorAll("button, select")].findIndex((one) => one === document.activeElement);
  const names = namesNow(widths.length);
  host.replaceChildren(...widths.map((_, k) => row(widths, names, k)), adder(widths, names));
  const again = [...host.querySelectorAll("button, select")];
  if (focused >= 0) again[Math.min(focused, again.length - 1)].focus(); // where it was
}

function widthsNow() {
  const hidden = asked("hidden");
  if (hidden) return String(hidden).split(",").map(Number);
  return Array(Math.max(0, Number(asked("depth")) - 1)).fill(Number(asked("width")));
}

/** @param {number} count */
function namesNow(count) {
  const names = String(asked("activation")).split(",");
  return Array.from({ length: count }, (_, k) => names[Math.min(k, names.length - 1)]);
}

/** Have the experiment have these layers; the server checks them, as all settings. @param {number[]} widths @param {string[]} names */
function have(widths, names) {
  const same = widths.every((width) => width === widths[0]);
  if (!widths.length) ask("depth", "1");
  else if (same && String(widths[0]) === String(asked("width")) && widths.length === Number(asked("depth")) - 1) ask("hidden", "");
  else ask("hidden", widths.join(","));
  const one = names.every((name) => name === names[0]);
  const activation = names.length ? (one ? names[0] : names.join(",")) : asked("activation");
  if (activation !== asked("activation")) ask("activation", String(activation));
  show(); // the next press counts on from here
}

/** @template T @param {T[]} list @param {number} k @param {T} value */
const with_ = (list, k, value) => list.map((old, j) => (j === k ? value : old));
/** @template T @param {T[]} list @param {number} k */
const without = (list, k) => list.filter((_, j) => j !== k);

/** @param {number[]} widths @param {string[]} names @param {number} k */
function row(widths, names, k) {
  const line = document.createElement("div");
  line.className = "layer-row";
  const number = document.createElement("span");
  number.textContent = String(k + 1);
  const wide = document.createElement("output");
  wide.textContent = String(widths[k]);
  const become = (/** @type {number} */ width) => have(with_(widths, k, Math.min(Math.max(width, LEAST), MOST)), names);
  line.append(
    number,
    button("−", "layers.narrower", k, () => become(widths[k] - 1)),
    wide,
    button("+", "layers.wider", k, () => become(widths[k] + 1)),
    activation(names[k], k, (chosen) => have(widths, with_(names, k, chosen))),
    button("×", "layers.remove", k, () => have(without(widths, k), without(names, k))),
  );
  return line;
}

/** @param {number[]} widths @param {string[]} names */
function adder(widths, names) {
  const add = document.createElement("button");
  Object.assign(add, { type: "button", className: "toggle" });
  wording(add, { text: "layers.add" });
  add.addEventListener("click", () => have([...widths, widths.at(-1) ?? Number(state.accepted.width)], [...names, names.at(-1) ?? String(state.accepted.activation)]));
  return add;
}

/** @param {string} sign @param {string} label @param {number} k @param {() => void} pressed */
function button(sign, label, k, pressed) {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", textContent: sign });
  wording(made, { title: label, label }, { layer: k + 1 });
  made.addEventListener("click", pressed);
  return made;
}

/** @param {string} name @param {number} k @param {(name: string) => void} chosen */
function activation(name, k, chosen) {
  const select = document.createElement("select");
  select.className = "form-select";
  wording(select, { label: "layers.activation" }, { layer: k + 1 });
  for (const choice of controls.find((control) => control.name === "activation")?.choices ?? []) {
    select.append(new Option(words(`choice.activation.${choice}`), choice, false, choice === name));
  }
  select.addEventListener("change", () => chosen(select.value));
  return select;
}
