// Lecture mode: one key for full screen, light, large text, thick boundaries; the rail folds away.
import { dressAgain } from "../core/charts.mjs";
import { element, state } from "../core/page.mjs";
import { writeLink } from "../core/link.mjs";
import { pointAt } from "../picture/pointer.mjs";
import { redraw, redrawPoints } from "../picture/picture.mjs";
import { look } from "../core/view.mjs";
import { setTheme } from "./theme.mjs";

const root = document.documentElement;
/** @type {Theme | null} */
let themeBefore = null; // what to go back to
let filled = false; // whether the lecture has had the screen to itself
let wantsScreen = false; // a link opened the lecture: the first press may fill the screen
let resized = 0;

export function watchLecture() {
  const query = new URLSearchParams(location.search);
  if (query.get("lecture") === "1") {
    begin(query.get("theme"));
    wantsScreen = true;
  }
  element("lecture").addEventListener("click", toggleLecture);
  element("wide").addEventListener("click", toggleWide);
  element("fold").addEventListener("click", () => openDrawer(!root.hasAttribute("data-drawer")));
  element("all-controls").addEventListener("click", () => state.lecture && openDrawer(true));
  document.addEventListener("fullscreenchange", screenChanged);
  document.addEventListener("click", fillIfWanted, true); // not the press: it may begin a drag
  document.addEventListener("keydown", fillIfWanted, true);
  window.addEventListener("resize", () => {
    clearTimeout(resized);
    if (state.lecture) resized = setTimeout(dressAll, 150); // the text has another size
  });
  mark();
}

/** The key and the button. */
export function toggleLecture() {
  wantsScreen = false;
  if (state.lecture) leave();
  else {
    begin(null);
    fillScreen();
  }
  writeLink();
  look();
}

/** What a link asked for when it was opened is known; another one of a later visit is not. @param {boolean} asked */
export const setLecture = (asked) => asked !== state.lecture && (asked ? begin(null) : leave());

/** @param {string | null} theme */
function begin(theme) {
  state.lecture = true;
  themeBefore = state.theme;
  mark();
  setTheme(theme === "dark" ? "dark" : "light");
  dressAll();
}

function leave() {
  state.lecture = false;
  filled = false;
  openDrawer(false);
  setWide(false);
  pointAt(null);
  mark();
  setTheme(themeBefore ?? state.theme);
  if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
  dressAll();
}

function mark() {
  root.toggleAttribute("data-lecture", state.lecture);
  element("lecture").setAttribute("aria-pressed", String(state.lecture));
}

/** The charts over the whole width, without the picture; again: as before. */
export const toggleWide = () => state.lecture && setWide(!root.hasAttribute("data-wide"));

/** @param {boolean} wide */
function setWide(wide) {
  root.toggleAttribute("data-wide", wide);
  element("wide").setAttribute("aria-pressed", String(wide));
}

/** Everything anew that has a text size of its own. */
function dressAll() {
  dressAgain();
  redrawPoints();
  redraw();
  window.dispatchEvent(new Event("lecture")); // for what measures itself
}

function fillScreen() {
  root.requestFullscreen?.().catch(() => {}); // not everywhere allowed; the lecture goes on without
}

/** @param {MouseEvent | KeyboardEvent} event */
function fillIfWanted(event) {
  const key = "key" in event ? event.key : undefined;
  if (!wantsScreen || !event.isTrusted || key === "Escape" || key?.toLowerCase() === "l") return;
  wantsScreen = false;
  if (!document.fullscreenElement) fillScreen();
}

/** Leaving the full screen (Esc) leaves the lecture. */
function screenChanged() {
  if (document.fullscreenElement) filled = state.lecture;
  else if (filled && state.lecture) toggleLecture();
}

/** The rail as a drawer over the picture. @param {boolean} open */
function openDrawer(open) {
  root.toggleAttribute("data-drawer", open);
  element("fold").setAttribute("aria-expanded", String(open));
}
