// The line at the foot of the page, for what has no place of its own.
import { element, onLanguage, write } from "./page.mjs";

let sentence = null; // gives what the line says, in the language of the page
let said = "";

/** Say something: a function, so that it can be said in another language. */
export function toast(words) {
  sentence = words;
  said = words();
  write("toast", said);
}

/** Say nothing any more. */
export const hush = () => toast(() => "");

export function watchToast() {
  element("toast").addEventListener("click", hush);
  onLanguage(() => {
    if (sentence && element("toast").textContent === said) toast(sentence);
    else write("toast", ""); // said by the server, in the language of before
  });
}
