// What is being typed into a box is not written over: what came meanwhile waits until it is done.
const BOXES = "input:not([type=range], [type=radio], [type=checkbox])";
let box = null; // that is typed into, until the number is entered or the box is left
let waiting = null; // what would write another value into it

/** `entered` is told of a box and its text where Dash may have heard of another value meanwhile. */
export function watchTyping(entered) {
  document.addEventListener("input", ({ target }) => target.matches(BOXES) && typing(target), true);
  document.addEventListener("change", ({ target }) => target === box && done(() => entered(target.id, target.value)), true);
  document.addEventListener("focusout", ({ target }) => target === box && done(waiting), true);
}

/** Dash puts the caret back to where it was, a moment later: on a busy machine between others' digits. */
function typing(target) {
  box = target;
  target.setSelectionRange = () => {};
}

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
