// The tabs of the right column: each shows the sections that name it, and has the server make them.
import { within } from "../core/elements.mjs";
import { element, state, wording } from "../core/page.mjs";
import { look } from "../core/view.mjs";
import { writeLink } from "../core/link.mjs";

const tabs = () => [...element("right").querySelectorAll(".tab-strip > .tab")];
const sections = () => [...element("right").querySelectorAll("[data-tabs]")];

export function watchTabs() {
  for (const tab of tabs()) tab.addEventListener("click", () => chooseTab(tab.dataset.tab ?? ""));
  element("tabs-more").addEventListener("click", () => unfold(!isUnfolded()));
  show(state.tab);
}

/** Show a tab; the server is told, and the link holds it. @param {string} name */
export function chooseTab(name) {
  if (name === state.tab) return;
  show(name);
  writeLink();
  look();
}

const strip = () => within(element("right"), ".tabs");
const isUnfolded = () => strip().classList.contains("unfolded");

/** The later tabs, or those that everybody needs: the others lie beyond the strip's edge. @param {boolean} all */
function unfold(all) {
  strip().classList.toggle("unfolded", all);
  element("tabs-more").setAttribute("aria-expanded", String(all));
  wording(element("tabs-more"), { text: all ? "page.fewer" : "tabs.more" });
  within(strip(), ".tab-strip").scrollLeft = 0;
}

/** @param {string} name */
function show(name) {
  const later = element(`tab-${name}`).matches(":nth-child(n + 6)");
  if (later !== isUnfolded() && name !== "overview") unfold(later);
  state.tab = name;
  document.documentElement.dataset.tab = name;
  for (const tab of tabs()) tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
  for (const section of sections()) section.hidden = !section.dataset.tabs?.split(" ").includes(name);
  window.dispatchEvent(new Event("tab"));
}

/** What a link asks for. @param {string} name */
export const setTab = (name) => name !== state.tab && show(name);
