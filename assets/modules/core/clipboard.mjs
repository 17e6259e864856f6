// Words into the clipboard, also where a browser keeps it from scripts: over plain http, in another site's frame.
import { make } from "./elements.mjs";

/** Whether they are there. Asked for by a click or key. @param {string} words */
export async function copied(words) {
  try {
    await navigator.clipboard.writeText(words);
    return true;
  } catch {
    return copiedAsText(words);
  }
}

/** As a user would: chosen in a field, and copied. @param {string} words */
function copiedAsText(words) {
  const before = document.activeElement;
  const field = make("textarea", { value: words, className: "visually-hidden" });
  (before?.closest("dialog") ?? document.body).append(field); // beside an open dialog nothing can be chosen
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return done;
}
