// The tabs of the right column: each shows the sections that name it, and has the server make them.
import { element, state } from "./page.mjs";
import { look } from "./stream.mjs";
import { writeLink } from "./link.mjs";

const tabs = () => [...element("right").querySelectorAll(".tab")];
const sections = () => [...element("right").querySelectorAll("[data-tabs]")];

export function watchTabs() {
  for (const tab of tabs()) tab.addEventListener("click", () => chooseTab(tab.dataset.tab));
  element("right").querySelector(".tabs").addEventListener("keydown", moveByKey);
  show(state.tab);
}

/** Show a tab; the server is told, and the link holds it. */
export function chooseTab(name) {
  if (name === state.tab) return;
  show(name);
  writeLink();
  look();
}

function show(name) {
  state.tab = name;
  document.documentElement.dataset.tab = name;
  for (const tab of tabs()) {
    tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
    tab.tabIndex = tab.dataset.tab === name ? 0 : -1;
  }
  for (const section of sections()) section.hidden = !section.dataset.tabs.split(" ").includes(name);
  window.dispatchEvent(new Event("resize")); // what was hidden has the wrong size
  window.dispatchEvent(new Event("tab"));
}

/** What a link asks for. */
export const setTab = (name) => name !== state.tab && show(name);

function moveByKey(event) {
  const names = tabs().map((tab) => tab.dataset.tab);
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step) return;
  event.preventDefault();
  event.stopPropagation(); // here → moves on to the next tab, it does not train a step
  const next = names[(names.indexOf(state.tab) + step + names.length) % names.length];
  chooseTab(next);
  element(`tab-${next}`).focus();
}
