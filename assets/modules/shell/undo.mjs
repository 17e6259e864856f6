// Undo and redo, by two quiet buttons and keys; the mark that says what was edited.
import { named } from "../core/elements.mjs";
import { element, field, state, text } from "../core/page.mjs";
import { writeLink } from "../core/link.mjs";
import { on, send } from "../core/socket.mjs";
import { typedInto } from "../core/typing.mjs";

/** @type {Record<string, (what: string) => string>} */
const SAID = {
  undo: (what) => (what ? text("undo_what", { what }) : text("undo_nothing")),
  redo: (what) => (what ? text("redo_what", { what }) : text("redo_nothing")),
};

/** @type {Messages["hands"]} */
let newest = { undo: "", redo: "", edited: [], byHand: false };

/** @param {HTMLElement} target */
const typing = (target) => typedInto(target) || target.matches("textarea, [contenteditable]");

export function watchUndo() {
  on("hands", show);
  for (const way of ["undo", "redo"]) element(way).addEventListener("click", () => send({ type: way }));
  document.addEventListener("keydown", hear);
  element("edited").addEventListener("focusout", ({ relatedTarget }) => {
    if (!element("edited").contains(relatedTarget)) element("edited").open = false;
  });
}

/** @param {Messages["hands"]} hands */
function show(hands) {
  newest = hands;
  const another = state.edited !== hands.byHand;
  state.edited = hands.byHand; // the settings alone do not lead to it
  sayHands();
  if (another && state.session) writeLink();
}

/** What can be taken back and what was edited; under a question's veil, which hides what would change, neither. */
export function sayHands() {
  const { undo, redo, edited } = newest;
  for (const [way, what] of [["undo", undo], ["redo", redo]]) {
    const button = field(way);
    button.hidden = !undo && !redo;
    button.disabled = !what || state.covered;
    button.title = SAID[way](what);
  }
  element("edited").hidden = !edited.length || state.covered;
  element("edited-list").replaceChildren(...(state.covered ? [] : edited).map((line) => named("div", line)));
}

/** Ctrl+Z, Ctrl+Shift+Z, Ctrl+Y; a box has its own until what is typed is entered. @param {On<KeyboardEvent, Document>} event */
function hear(event) {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.defaultPrevented || state.covered) return;
  if (typing(event.target) || document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  const way = key === "z" ? (event.shiftKey ? "redo" : "undo") : key === "y" ? "redo" : null;
  if (!way) return;
  event.preventDefault();
  send({ type: way });
}
