// What a link leaves of the page: the controls that it names, without the parts that it hides.
import { groups } from "../core/elements.mjs";
import { controls, element, state } from "../core/page.mjs";
import { writeLink } from "../core/link.mjs";
import { revealAsked } from "./sections.mjs";

const root = document.documentElement;
// Where a control is to be seen that has no row in the rail.
/** @type {Record<string, () => Element | null>} */
const PLACES = {
  speed: () => element("speed").parentElement,
  mode: () => element("mode").closest("[role=radiogroup]"),
  layer: () => document.querySelector(".layers"),
  window: () => element("whole-window"),
  pixels: () => element("sheet-grid"),
  lines: () => element("lines-switch"),
  points: () => element("points"),
};

export function watchFolds() {
  element("unfold").addEventListener("click", () => {
    fold({ controls: null, hide: state.fold.hide });
    writeLink();
  });
}

/** Show these controls only (null: all) and hide these parts. @param {{ controls: string[] | null, hide: string[] }} left */
export function fold({ controls: named, hide }) {
  state.fold = { controls: named, hide };
  const leftOut = (/** @type {string} */ name) => named !== null && !named.includes(name);
  for (const control of controls) placeOf(control)?.classList.toggle("folded", leftOut(control.name));
  element("compare-switch").classList.toggle("folded", leftOut("compare"));
  let rows = 0;
  for (const group of groups(".rail .group")) {
    const shown = group.querySelectorAll(".row:not(.folded)").length;
    group.classList.toggle("folded", shown === 0);
    if (named !== null && shown) group.open = true;
    rows += shown;
  }
  root.toggleAttribute("data-folded", named !== null);
  root.toggleAttribute("data-named", named !== null && rows > 0); // there is something for the rail
  root.dataset.hide = hide.join(" ");
  revealAsked();
}

/** @param {Control} control */
const placeOf = ({ name, id }) => (PLACES[name] ? PLACES[name]() : element(`${id}-label`)?.closest(".row"));
