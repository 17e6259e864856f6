// Two networks side by side: the switch, each one's own state, and how the second one differs.
import { controls, element, onLanguage, state, text, words, write } from "../core/page.mjs";
import { typed, withPoint } from "../core/numbers.mjs";
import { writeLink } from "../core/link.mjs";
import { ask, asked, onSettings } from "../settings/controls.mjs";
import { onTexts, showChosen } from "./picture.mjs";
import { look } from "../core/view.mjs";

/** A setting and its value. @typedef {[name: string, value: string]} Difference */
const settings = controls.filter(({ group }) => group !== "data" && group !== "view");
const named = new Map(settings.map((control) => [control.name, control]));
let before = ""; // the differences that were switched off last
/** @type {string | null} */
let listed = null; // those that the rows show

// What a setting begins with when the second network is to differ in it.
/** @type {Record<string, (now: any) => string | number>} */
const ANOTHER = {
  init: (now) => (now === "he" ? "normal" : "he"),
  width: (now) => (now > 1 ? Math.ceil(now / 2) : 2),
  depth: (now) => (now > 2 ? now - 1 : now + 1),
  hidden: () => "16,8",
  weight_variance: (now) => now / 2,
  bias_variance: (now) => (now ? 0 : 0.25),
  seed: (now) => now + 1,
  learning_rate: (now) => now / 10,
  momentum: (now) => (now === 0.9 ? 0.5 : 0.9),
  features: (now) => (now === "none" ? "x2,y2" : "none"),
  l1: (now) => (now ? 0 : 0.001),
  l2: (now) => (now ? 0 : 0.01),
  batch_size: (now) => (now > 1 ? Math.ceil(now / 2) : 2),
};

export function watchComparison() {
  onTexts(showComparison);
  onSettings(showDifferences);
  onLanguage(() => {
    listed = null; // the rows anew
    if (state.session) showDifferences();
  });
  element("compare-switch").addEventListener("click", () => {
    const differences = String(asked("compare"));
    if (differences) before = differences;
    ask("compare", differences ? "" : before || differing("init"));
  });
  for (const which of /** @type {Which[]} */ (["a", "b"])) element(`which-${which}`).addEventListener("click", () => choose(which));
}

/** Have the server take other differences than those asked for last; it checks them, as all settings. @param {(pairs: Difference[]) => Difference[]} made */
const change = (made) => ask("compare", written(made(read(String(asked("compare"))))));

/** Film strip, counts, what is saved: of this network. @param {Which} which */
function choose(which) {
  state.which = which;
  showChosen();
  writeLink();
  look();
}

/** Each network's own name and state, from the headers of its frame; one header: it is alone. @param {FrameHeader[]} headers */
function showComparison(headers) {
  const two = headers.length > 1;
  const page = document.documentElement;
  if (two !== "comparing" in page.dataset) page.toggleAttribute("data-comparing", two);
  if (headers.length === 1 && state.which !== "a") choose("a"); // under a cover there is none, and it stays chosen
  if (!two) return;
  for (const { which = "a", heading, own, ownText = "", countText } of headers) {
    write(`heading-${which}`, `${which.toUpperCase()}: ${heading}`);
    write(`chip-${which}`, ownText);
    write(`count-${which}`, countText);
    element(`chip-${which}`).dataset.value = own;
    element(`which-${which}`).setAttribute("aria-pressed", String(which === state.which));
  }
}

/** The rows in which the second network's differences can be changed, as the server has them. */
function showDifferences() {
  const written = state.accepted.compare ?? "";
  element("compare-switch").setAttribute("aria-pressed", String(written !== ""));
  element("comparison").hidden = written === "";
  if (written === listed) return;
  listed = written;
  const pairs = read(written);
  const host = element("differences");
  const focused = fields(host).findIndex((one) => one === document.activeElement);
  host.replaceChildren(...pairs.map((_, k) => row(pairs, k)), adder(pairs));
  if (focused >= 0) fields(host)[Math.min(focused, fields(host).length - 1)].focus(); // where it was
}

/** @param {HTMLElement} host */
const fields = (host) => [...host.querySelectorAll("select, input, button")];
/** @param {string} written */
const read = (written) => written.split(";").filter(Boolean).map((pair) => /** @type {Difference} */ (pair.split(/:(.*)/, 2)));
/** @param {Difference[]} pairs */
const written = (pairs) => pairs.map((pair) => pair.join(":")).join(";");
/** @param {string} name */
const differing = (name) => `${name}:${another(name)}`;

/** A value that is not the first network's. @param {string} name @returns {string} */
function another(name) {
  const choices = named.get(name)?.choices ?? [];
  const now = state.accepted[name]; // the first network's
  if (name in ANOTHER) return String(ANOTHER[name](now));
  return choices[(choices.indexOf(String(now)) + 1) % choices.length];
}

/** Another one, or none, in the place of a setting's; where that is renamed on its way, of the k-th. @param {Difference[]} pairs @param {string} name @param {number} k @param {...Difference} others */
function instead(pairs, name, k, ...others) {
  const found = pairs.findIndex(([other]) => other === name);
  const place = found < 0 ? k : found;
  return [...pairs.slice(0, place), ...others, ...pairs.slice(place + 1)];
}

/** One setting: which, its value, and a button that takes it back. @param {Difference[]} pairs @param {number} k */
function row(pairs, k) {
  const [name, value] = pairs[k];
  const line = document.createElement("div");
  line.className = "difference";
  const become = (/** @type {Difference} */ pair) => change((now) => instead(now, name, k, pair));
  const which = menu(free(pairs, name), name, text("difference"), (chosen) => become([chosen, another(chosen)]));
  const remove = document.createElement("button");
  Object.assign(remove, { type: "button", className: "remove", textContent: "×", title: text("undiffer") });
  remove.setAttribute("aria-label", `${text("undiffer")}: ${words(`control.${name}`)}`);
  remove.addEventListener("click", () => change((now) => instead(now, name, k)));
  line.append(which, valueOf(name, value, (changed) => become([name, changed])), remove);
  return line;
}

/** The settings that a row may have: its own, and those of no other row. @param {Difference[]} pairs @param {string} [own] */
function free(pairs, own) {
  const taken = new Set(pairs.map(([name]) => name));
  return settings.filter(({ name }) => name === own || !taken.has(name)).map(({ name }) => option(name));
}

/** @param {string} name @returns {Difference} */
const option = (name) => [name, `control.${name}`];

/** The menu of settings that adds another difference. @param {Difference[]} pairs */
function adder(pairs) {
  const add = (/** @type {string} */ name) => change((now) => [...now, [name, another(name)]]);
  return menu([["", "compare.add"], ...free(pairs)], "", text("add_difference"), add);
}

/**
 * A select: its options are [value, id of its text].
 * @param {Difference[]} options @param {string} value @param {string} label @param {(value: string) => void} chosen
 */
function menu(options, value, label, chosen) {
  const select = document.createElement("select");
  select.className = "form-select";
  select.setAttribute("aria-label", label);
  for (const [name, key] of options) {
    const entry = new Option(words(key), name, false, name === value);
    entry.dataset.text = key;
    select.append(entry);
  }
  select.addEventListener("change", () => chosen(select.value));
  return select;
}

/** @param {string} name @param {string} value @param {(value: string) => void} changed */
function valueOf(name, value, changed) {
  const choices = named.get(name)?.choices ?? [];
  const label = words(`control.${name}`);
  if (choices.length) {
    return menu(choices.map((choice) => /** @type {Difference} */ ([choice, `choice.${name}.${choice}`])), value, label, changed);
  }
  const box = document.createElement("input");
  const real = named.get(name)?.real;
  const said = real ? typed(value, state.language) : value;
  Object.assign(box, { type: "text", className: "number-box", value: said, autocomplete: "off" });
  box.setAttribute("aria-label", label);
  box.addEventListener("change", () => {
    if (box.value === said) return changed(value);
    const read = real ? withPoint(box.value, state.language) : box.value;
    box.setAttribute("aria-invalid", String(read === null));
    if (read === null) write("compare-problem", `${label}: ${text("unclear")}`);
    else changed(read);
  });
  return box;
}
