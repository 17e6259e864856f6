// Messages: what has no place of its own on the page. They leave by themselves, by Escape, by a click,
// and lie where no control is.
import { isSeen } from "./elements.mjs";
import { element, onLanguage, write } from "./page.mjs";

const NOTICING_MS = 3000;
const READING_MS = 60; // a character: about 170 words a minute
const AT_MOST_MS = 20000;
const AGAIN_MS = 250; // from look to look whether something has moved beneath it
const GAP = 8; // px to whatever is around it
const CONTROLS = "button, a[href], input, select, textarea, summary, label, [role=radio], [role=tab], .transport";

/** @type {(() => string) | null} */
let sentence = null; // gives what the message says, in the language of the page
let said = "";
let leaving = 0;
let placing = 0;

/**
 * Say something: a function, so that it can be said in another language; or, from the server, text
 * in the language of now. Nothing ends the last message.
 * @param {(() => string) | string} words
 */
export function toast(words) {
  sentence = typeof words === "function" ? words : null;
  say(typeof words === "function" ? words() : words);
}

/** Say nothing any more. */
export const hush = () => toast("");

export function watchToast() {
  const box = element("toast");
  box.addEventListener("click", hush);
  box.addEventListener("pointerenter", stay);
  box.addEventListener("focusin", stay);
  box.addEventListener("pointerleave", leaveLater);
  box.addEventListener("focusout", leaveLater);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && said && hush());
  addEventListener("resize", place);
  onLanguage(() => {
    if (said) toast(sentence ?? "");
  });
}

/** @param {string} words */
function say(words) {
  said = words;
  write("toast-text", said);
  element("toast").hidden = !said;
  clearInterval(placing);
  stay();
  if (!said) return;
  place();
  placing = setInterval(place, AGAIN_MS);
  leaveLater();
}

const stay = () => clearTimeout(leaving);

/** It goes once there was time to read it; not while somebody points at it or is in it. */
function leaveLater() {
  stay();
  const box = element("toast");
  if (!said || box.matches(":hover, :focus-within")) return;
  leaving = setTimeout(leave, Math.min(AT_MOST_MS, NOTICING_MS + READING_MS * said.length));
}

/** Nobody reads while the page is still blank. */
const leave = () => (window.cellscope?.frames ? hush() : leaveLater());

/** To the lowest place over the picture's middle under which there is no control; else over the transport. */
function place() {
  const box = element("toast");
  if (box.hidden) return;
  const picture = element("cells").getBoundingClientRect();
  const middle = picture.width ? (picture.left + picture.right) / 2 : innerWidth / 2;
  box.style.maxWidth = `${Math.max(picture.width, 300) - 4 * GAP}px`;
  const { width, height } = box.getBoundingClientRect();
  const left = Math.max(GAP, Math.min(middle - width / 2, innerWidth - width - GAP));
  const taken = obstacles(left, left + width);
  /** @param {number} top */
  const free = (top) => taken.every((r) => r.bottom + GAP <= top || top + height + GAP <= r.top);
  const dock = /** @type {HTMLElement} */ (document.querySelector(".transport")).getBoundingClientRect();
  const lowest = (dock.bottom >= innerHeight ? dock.top : innerHeight) - height - 2 * GAP;
  let top = lowest;
  while (top > GAP && !free(top)) top -= GAP;
  Object.assign(box.style, { left: `${left}px`, top: `${free(top) ? top : lowest}px` });
}

/** Where controls are on the screen, within these columns. @param {number} left @param {number} right */
function obstacles(left, right) {
  /** @param {DOMRect} box */
  const within = ({ width, height, ...r }) => width && height && r.right + GAP > left && r.left - GAP < right;
  return [...document.querySelectorAll(CONTROLS)]
    .filter((node) => !element("toast").contains(node) && isSeen(node))
    .map((node) => node.getBoundingClientRect().toJSON())
    .filter((r) => within(r) && r.bottom > 0 && r.top < innerHeight);
}
