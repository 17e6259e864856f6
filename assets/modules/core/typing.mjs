// What is being typed into a box is not written over: what came meanwhile waits until it is done.
const BOXES = "input:not([type=range], [type=radio], [type=checkbox])";
const VALUE = /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value"));
const kept = new WeakSet(); // boxes whose caret stays where it is
/** @type {HTMLInputElement | null} */
let box = null; // that is typed into, until the number is entered or the box is left
/** @type {(() => void) | null} */
let waiting = null; // what would write another value into it

/**
 * `entered` is told of a box and its text where Dash may have heard of another value meanwhile.
 * @param {(id: string, value: string) => void} entered
 */
export function watchTyping(entered) {
  document.addEventListener("focusin", (event) => event.target.matches(BOXES) && keepCaret(boxOf(event)), true);
  document.addEventListener("input", (event) => event.target.matches(BOXES) && (box = boxOf(event)), true);
  document.addEventListener("change", (event) => event.target === box && done(() => entered(boxOf(event).id, boxOf(event).value)), true);
  document.addEventListener("focusout", ({ target }) => target === box && done(waiting), true);
}

const boxOf = (/** @type {Event} */ { target }) => /** @type {HTMLInputElement} */ (target);

/**
 * Dash writes old and new value in turn, and puts the caret back later: between others' digits, or into a selection.
 * @param {HTMLInputElement} target
 */
function keepCaret(target) {
  if (kept.has(target)) return;
  kept.add(target);
  target.setSelectionRange = () => {};
  const { get, set, ...rest } = Object.getOwnPropertyDescriptor(target, "value") ?? VALUE; // React's own
  Object.defineProperty(target, "value", { ...rest, get, set(value) {
    const all = document.activeElement === target && isSelected(target);
    set?.call(target, value);
    if (all) target.select(); // to be typed over
  } });
}

/** @param {HTMLInputElement} target */
const isSelected = ({ selectionStart, selectionEnd, value }) => value !== "" && selectionStart === 0 && selectionEnd === value.length;

/** Whether something was typed that is not entered yet. @param {HTMLElement} target */
export const typedInto = (target) => target === box;

/** Whether a box is being typed into; then `write` waits, unless another value is entered. @param {string} id @param {() => void} write */
export function waits(id, write) {
  if (box?.id !== id || document.activeElement !== box) return false;
  waiting = write;
  return true;
}

/** @param {(() => void) | null} next */
function done(next) {
  const waited = waiting !== null;
  box = waiting = null;
  if (waited) next?.();
}
