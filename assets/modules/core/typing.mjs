// What is being typed into a box is not written over: what came meanwhile waits until it is done.
const BOXES = "input:not([type=range], [type=radio], [type=checkbox])";
const VALUE = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
const kept = new WeakSet(); // boxes whose caret stays where it is
let box = null; // that is typed into, until the number is entered or the box is left
let waiting = null; // what would write another value into it

/** `entered` is told of a box and its text where Dash may have heard of another value meanwhile. */
export function watchTyping(entered) {
  document.addEventListener("focusin", ({ target }) => target.matches(BOXES) && keepCaret(target), true);
  document.addEventListener("input", ({ target }) => target.matches(BOXES) && (box = target), true);
  document.addEventListener("change", ({ target }) => target === box && done(() => entered(target.id, target.value)), true);
  document.addEventListener("focusout", ({ target }) => target === box && done(waiting), true);
}

/** Dash writes old and new value in turn, and puts the caret back later: between others' digits, or into a selection. */
function keepCaret(target) {
  if (kept.has(target)) return;
  kept.add(target);
  target.setSelectionRange = () => {};
  const { get, set, ...rest } = Object.getOwnPropertyDescriptor(target, "value") ?? VALUE; // React's own
  Object.defineProperty(target, "value", { ...rest, get, set(value) {
    const all = document.activeElement === target && isSelected(target);
    set.call(target, value);
    if (all) target.select(); // to be typed over
  } });
}

const isSelected = ({ selectionStart, selectionEnd, value }) => value !== "" && selectionStart === 0 && selectionEnd === value.length;

/** Whether something was typed that is not entered yet. */
export const typedInto = (target) => target === box;

/** Whether a box is being typed into; then `write` waits, unless another value is entered. */
export function waits(id, write) {
  if (box?.id !== id || document.activeElement !== box) return false;
  waiting = write;
  return true;
}

function done(next) {
  const waited = waiting !== null;
  box = waiting = null;
  if (waited) next();
}
