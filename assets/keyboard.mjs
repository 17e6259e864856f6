// Keys: space plays and pauses, → steps, R rewinds, digits choose the layer (0 is the tenth), P
// hides the data points, L is the lecture, Page Down and Page Up (presenters' remotes) the questions, ? the list of all.
import { element, setProps, state } from "./page.mjs";
import { hidePoints } from "./controls.mjs";
import { toggleLecture } from "./lecture.mjs";

const typing = (target) => target.matches("input:not([type=radio]):not([type=range]), select, textarea");
const moving = (target) => target.matches("input, select");
const NEXT = "question-next", PREVIOUS = "question-previous";
const BRACKETS = { "]": NEXT, "[": PREVIOUS };
const REMOTE = { PageDown: NEXT, PageUp: PREVIOUS }; // in a lecture; elsewhere they scroll

export function watchKeys() {
  document.addEventListener("keydown", hear);
  element("keys-help").addEventListener("click", showKeys);
  element("keys-close").addEventListener("click", () => element("keys").close());
}

function hear(event) {
  const { key, target } = event;
  if (typing(target)) return;
  const turned = BRACKETS[key] ?? (state.lecture && REMOTE[key]);
  if (turned) return turn(turned, event); // brackets have modifiers on some keyboards
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (key === "?") return element("keys").open ? element("keys").close() : showKeys();
  if (element("keys").open) return;
  if (key === " " && !target.matches("button, summary, input")) press("play", event);
  else if (key === "ArrowRight" && !moving(target)) press("step", event);
  else if (key.toLowerCase() === "r") press("rewind", event);
  else if (key.toLowerCase() === "p" && !event.repeat) hidePoints();
  else if (key.toLowerCase() === "l" && !event.repeat) toggleLecture();
  else if (/^[0-9]$/.test(key)) {
    const layer = key === "0" ? 10 : Number(key);
    if (layer <= state.layers) setProps("layer", { value: String(layer) });
  }
}

/** The next or the previous question of the sheet; where none is open the first. */
function turn(id, event) {
  const button = element(id) ?? (id === NEXT ? document.querySelector(".guide-item") : null);
  if (!button || button.disabled) return;
  event.preventDefault();
  button.click();
}

function press(id, event) {
  event.preventDefault();
  element(id).click();
}

const showKeys = () => element("keys").showModal();
