// The controls that a question needs, while it is open.
import { groups } from "../core/elements.mjs";
import { controls, element, state } from "../core/page.mjs";

const GOVERNED = [...controls.filter((c) => !["layer", "speed"].includes(c.name)).map((c) => c.id),
  "side", "ruler", "sheet-grid", "lines-switch", "whole-window", "draws"]; // reseed is transport

/** While a question is open only the controls are there that it needs. @param {Question | null} open */
export function governControls(open) {
  const all = !open || !state.guided;
  for (const id of GOVERNED) {
    const node = element(id);
    const host = node?.closest(".row") ?? node;
    host?.classList.toggle("unneeded", !all && !open.controls.includes(id));
  }
  for (const group of groups(".group", element("settings"))) {
    const rows = [...group.querySelectorAll(".row")];
    group.classList.toggle("unneeded", rows.every((row) => row.classList.contains("unneeded")));
    if (!all) group.open = true;
  }
  document.documentElement.toggleAttribute("data-question", !all);
}
