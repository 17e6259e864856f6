// The language, switched while everything runs: texts by their ids, menus through Dash, the rest anew
// from the server.
import { isSeen, within } from "../core/elements.mjs";
import { data, onLanguage, reword, setProps, state } from "../core/page.mjs";
import { remember } from "../core/memory.mjs";
import { look } from "../core/view.mjs";
import { writeLink } from "../core/link.mjs";

const CARRIERS = "[data-text], [data-title], [data-label]";
const buttons = () => [...document.querySelectorAll(".languages [data-language]")];

export function watchLanguage() {
  for (const button of buttons()) {
    button.addEventListener("click", () => choose(button.dataset.language ?? state.language));
  }
  setProps("language", { data: state.language });
  // As a rule the page is built in its language; not where the request hid where it came from.
  if (within(document, ".page").dataset.language !== state.language) setLanguage(state.language);
}

/** @param {string} language */
function choose(language) {
  if (language === state.language) return;
  remember("lang", language);
  const focused = /** @type {HTMLButtonElement} */ (document.activeElement);
  state.language = language;
  look(); // first: what the scripts ask for again is to be answered in this language
  setLanguage(language);
  // Where there is room for one button only, it has become another.
  if (buttons().includes(focused)) [focused, ...buttons()].find(isSeen)?.focus();
  writeLink();
}

/** Word everything on the page anew. @param {string} language */
export function setLanguage(language) {
  state.language = language;
  document.documentElement.lang = language;
  for (const button of buttons()) {
    button.setAttribute("aria-pressed", String(button.dataset.language === language));
  }
  setProps("language", { data: language });
  for (const [id, properties] of Object.entries(data.properties[language])) setProps(id, properties);
  for (const node of document.querySelectorAll(CARRIERS)) reword(node);
  for (const told of onLanguage.handlers) told();
}
