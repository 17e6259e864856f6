// The step that a link has the experiment trained to: how far it is.
import { grouped } from "./numbers.mjs";
import { element, onLanguage, text, write } from "./page.mjs";

let goal = 0; // 0: none
let reached = 0;

onLanguage(() => show(reached));

export function setGoal(step) {
  goal = step;
  show(0);
}

/** Called with every frame: a pause, by hand or at the goal, ends it. */
export function followGoal({ step, status }) {
  if (!goal) return;
  if (step >= goal || (status !== "training" && (step > 0 || status !== "paused"))) goal = 0;
  show(step);
}

function show(step) {
  reached = step;
  element("goal").hidden = !goal;
  if (!goal) return;
  element("goal-bar").style.width = `${(100 * step) / goal}%`;
  write("goal-text", text("goal", { step: grouped(goal) }));
}
