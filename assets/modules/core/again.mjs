// Starting again, and going on with what this tab had before.
import { element, onLanguage, state, text, write, written } from "./page.mjs";
import { goBackTo } from "./tab.mjs";

/** @type {Run | null} */
let before = null; // the run that can be continued

export function watchAgain() {
  element("start-again").addEventListener("click", startAgain);
  element("continue").addEventListener("click", () => before && goBackTo(before.session));
  onLanguage(show);
}

/** The start values, in this language and look. */
function startAgain() {
  const query = new URLSearchParams({ lang: state.language, theme: state.theme });
  if (state.lecture) query.set("lecture", "1");
  location.assign(`${location.pathname}?${query}`);
}

/** Say that an earlier run of this tab lives; null: there is none. @param {Run | null} run */
export function offer(run) {
  before = state.step ? null : run;
  show();
}

/** Whoever has begun anew is not asked any more. */
export const begun = () => before && offer(null);

function show() {
  element("continue").hidden = !before;
  write("continue", before ? text("continue", { step: written(before.step) }) : "");
}
