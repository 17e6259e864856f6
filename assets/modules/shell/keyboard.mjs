// Keys: space plays and pauses, → steps, R rewinds, digits choose the layer (0 is the tenth), P hides
// the data points, L is the lecture, W its charts, Page Down and Page Up (presenters' remotes) its questions' steps,
// ? the list of all.
import { element, state } from "../core/page.mjs";
import { lookAtLayer } from "../core/view.mjs";
import { hidePoints } from "../settings/looks.mjs";
import { advance, back } from "../guide/guide.mjs";
import { toggleLecture, toggleWide } from "./lecture.mjs";

/** @param {HTMLElement} target */
const typing = (target) => target.matches("input:not([type=radio]):not([type=range]), select, textarea");
/** @type {Record<string, string>} */
const BRACKETS = { "]": "question-next", "[": "question-previous" };
/** @type {Record<string, () => void>} */
const REMOTE = { PageDown: advance, PageUp: back }; // in a lecture; elsewhere they scroll

export function watchKeys() {
  document.addEventListener("keydown", hearRemote, true); // a slider or a menu has them, too
  document.addEventListener("keydown", hear);
  element("keys-help").addEventListener("click", showKeys);
  element("keys-close").addEventListener("click", () => element("keys").close());
  element("skip").addEventListener("click", skip);
}

/** A remote works whatever was clicked before. @param {KeyboardEvent} event */
function hearRemote(event) {
  if (!state.lecture || !(event.key in REMOTE) || document.querySelector("dialog[open]")) return;
  event.preventDefault();
  event.stopPropagation();
  if (!event.repeat) REMOTE[event.key]();
}

/** @param {On<KeyboardEvent, Document>} event */
function hear(event) {
  const { key, target } = event;
  if (event.defaultPrevented || typing(target)) return; // a group or a box has its own use for it
  if (key === "?" && element("keys").open) return element("keys").close();
  if (document.querySelector("dialog[open]")) return; // nothing happens behind it
  if (key in BRACKETS) return turn(BRACKETS[key], event); // they have modifiers on some keyboards
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (key === "?") showKeys();
  else if (key === " " && !target.matches("button, summary, a, input")) press("play", event);
  else if (key === "ArrowRight" && !target.matches("input")) press("step", event);
  else if (key.toLowerCase() === "r") press("rewind", event);
  else if (key.toLowerCase() === "p" && !event.repeat) hidePoints();
  else if (key.toLowerCase() === "l" && !event.repeat) toggleLecture();
  else if (key.toLowerCase() === "w") toggleWide();
  else if (/^[0-9]$/.test(key)) {
    const layer = key === "0" ? 10 : Number(key);
    if (layer <= state.layers) lookAtLayer(layer);
  }
}

/** The next or the previous question of the sheet; where none is open the first. @param {string} id @param {KeyboardEvent} event */
function turn(id, event) {
  const button = /** @type {HTMLButtonElement} */ (element(id) ?? (id === BRACKETS["]"] ? document.querySelector(".guide-item") : null));
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
}

/** To the picture, or to what stands in its place. @param {Event} event */
function skip(event) {
  event.preventDefault();
  element(element("cover").hidden ? "picture-frame" : "uncover").focus();
}

/** @param {string} id @param {KeyboardEvent} event */
function press(id, event) {
  event.preventDefault();
  element(id).click();
}

const showKeys = () => element("keys").showModal();
