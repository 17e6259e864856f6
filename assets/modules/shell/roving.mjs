// Groups of buttons: one tab stop each, and the arrow keys move inside. (Radio buttons of one name do
// so by themselves.) A group is a row of tabs, a toolbar or what says `data-roving`.
import { isSeen } from "../core/elements.mjs";

const GROUPS = "[role=tablist], [role=toolbar], [data-roving]";
const ITEMS = "button, summary, a[href]";
const CHOSEN = "[aria-selected=true], [aria-pressed=true]";
/** @type {Record<string, number>} */
const MOVES = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };

export function watchGroups() {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Tab") allStops(); // whatever has come and gone meanwhile
  }, true);
  document.addEventListener("keydown", moveInside);
  document.addEventListener("focusin", ({ target }) => {
    const group = target.closest(GROUPS);
    if (group && target.matches(ITEMS)) stopAt(itemsOf(group), target);
  });
  const watcher = new MutationObserver(later);
  for (const group of document.querySelectorAll(GROUPS)) watcher.observe(group, { childList: true });
  later();
}

let waiting = 0;

/** Not before the first picture: to see what is visible costs a layout of the page. */
function later() {
  clearTimeout(waiting);
  waiting = setTimeout(allStops, 50);
}

/** @param {HTMLElement} group */
const itemsOf = (group) => [.../** @type {NodeListOf<HTMLButtonElement>} */ (group.querySelectorAll(ITEMS))].filter((item) =>
  item.closest(GROUPS) === group && !item.disabled && !item.closest("[inert]") && isSeen(item));

/** @param {HTMLElement[]} items @param {HTMLElement} stop */
function stopAt(items, stop) {
  for (const item of items) item.tabIndex = item === stop ? 0 : -1;
}

/** Where Tab stops in each group: where one was last; among tabs and choices at the chosen one. */
function allStops() {
  for (const group of document.querySelectorAll(GROUPS)) {
    const items = itemsOf(group);
    const chosen = group.matches("[role=toolbar]") ? null : items.find((item) => item.matches(CHOSEN));
    stopAt(items, items.find((item) => item === document.activeElement) ?? chosen
      ?? items.find((item) => item.getAttribute("tabindex") === "0") ?? items[0]);
  }
}

/** @param {On<KeyboardEvent, Document>} event */
function moveInside(event) {
  const group = event.target.closest(GROUPS);
  if (!group || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const items = itemsOf(group);
  const place = items.findIndex((item) => item === event.target);
  const last = items.length - 1;
  /** @type {Record<string, number>} */
  const ends = { Home: 0, End: last };
  const next = ends[event.key] ?? place + (MOVES[event.key] ?? NaN);
  if (place < 0 || Number.isNaN(next)) return;
  event.preventDefault(); // the page has other uses for these keys
  const item = items[next < 0 ? last : next > last ? 0 : next];
  item.focus();
  if (group.matches("[role=tablist]")) item.click();
}
