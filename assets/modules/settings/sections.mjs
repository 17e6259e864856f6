// Folded sections: what is concerned is shown, heads mark what is not as at the start, and what was
// unfolded stays so. On a projector and on somebody else's link nothing remembered counts.
import { controls, data, element, onLanguage, state, text, words, write } from "../core/page.mjs";
import * as memory from "../core/memory.mjs";
import { number } from "../core/numbers.mjs";

const OPEN = "cellscope-open"; // in localStorage: names of the sections that were opened
const OURS = "cellscope-address"; // in sessionStorage: this tab's own address, for a reload
const NAMES_ALL = 12; // settings that a link names: it is a whole experiment, perhaps an older one
const root = document.documentElement;
const governed = controls.filter(({ group }) => group !== "view");
const asked = new URLSearchParams(location.search);
asked.delete("lang"); // every address holds it
const ours = asked.size === 0 || memory.recall(OURS, "sessionStorage") === location.search;
let concerned = !ours; // whether the link is still to be looked at

const sections = () => [...document.querySelectorAll("details[data-remembered]")];
const counts = () => ours && !state.lecture;
/** @param {unknown} a @param {unknown} b */
const same = (a, b) => String(a) === String(b) || Number(a) === Number(b);

export function watchSections() {
  for (const section of sections()) {
    // A click, by mouse or key: what opens a section otherwise is nobody's wish to keep it so.
    section.firstElementChild?.addEventListener("click", () => setTimeout(() => keep(section)));
  }
  window.addEventListener("pagehide", () => memory.remember(OURS, location.search, "sessionStorage"));
  window.addEventListener("lecture", recall);
  new MutationObserver(recall).observe(root, { attributeFilter: ["data-question"] });
  onLanguage(markDifferent);
  recall();
}

const kept = () => new Set((memory.recall(OPEN) ?? "").split(" ").filter(Boolean));

/** @param {HTMLDetailsElement} section */
function keep(section) {
  if (!counts() || root.hasAttribute("data-question")) return;
  const names = kept();
  names[section.open ? "add" : "delete"](section.dataset.remembered ?? "");
  memory.remember(OPEN, [...names].join(" "));
}

/** As they were left; an open question shows what it needs. */
function recall() {
  if (root.hasAttribute("data-question")) return;
  const names = counts() ? kept() : new Set();
  for (const section of sections()) section.open = names.has(section.dataset.remembered);
}

/** Show a control that lies in a folded section. @param {string} id */
export function reveal(id) {
  for (let at = element(id)?.closest("details[data-remembered]"); at; at = at.parentElement?.closest("details[data-remembered]") ?? null) {
    at.open = true;
  }
}

/** Show what a link is about: the settings that it names; of one that names all, those it changes. */
export function revealAsked() {
  if (!concerned) return;
  concerned = false;
  const all = governed.filter(({ name }) => asked.has(name)).length > NAMES_ALL;
  for (const { name, id } of governed) {
    if (asked.has(name) && !(all && same(asked.get(name), data.start[name]))) reveal(id);
  }
}

/** Mark the settings, and the heads of their sections, that are not as at the start. */
export function markDifferent() {
  const different = governed.filter(({ name }) => name in state.accepted && !same(state.accepted[name], data.start[name]));
  for (const control of governed) {
    element(`${control.id}-label`)?.closest(".row")?.classList.toggle("differs", different.includes(control));
  }
  for (const section of sections()) {
    const inside = different.filter(({ id }) => section.contains(element(id)));
    const mark = element(`${section.dataset.remembered}-mark`);
    if (!mark) continue;
    write(mark.id, inside.length ? "●" : "");
    mark.title = inside.length ? text("differs", { names: inside.map(name).join(", ") }) : "";
    mark.setAttribute("aria-label", mark.title);
    mark.setAttribute("role", "img");
  }
}

/** @param {Control} control */
function name(control) {
  const value = state.accepted[control.name];
  const said = control.choices.length ? String(value).split(",").map((one) => words(`choice.${control.name}.${one}`)).join(", ")
    : typeof value === "number" ? number(value, state.language, 6) : value;
  return `${words(`control.${control.name}`)} ${said}`;
}
