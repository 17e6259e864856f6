// The step that a link has the experiment trained to: how far it is.
import { element, onLanguage, text, write, written } from "./page.mjs";

let goal = 0; // 0: none
let promised = false; // by the welcome; no frame has said so yet
let reached = 0;

onLanguage(() => show(reached));

/** @param {number} step */
export function setGoal(step) {
  goal = step;
  promised = step > 0;
  show(0);
}

/** The step that is aimed at, 0: none. */
export const goalStep = () => goal;

/** Called with every frame: a pause, by hand or at the goal, ends it. @param {FrameHeader} header */
export function followGoal({ step, goal: wanted, status }) {
  if (wanted) promised = false;
  if (wanted || !promised || step > 0 || status !== "paused") goal = wanted;
  show(step);
}

/** @param {number} step */
function show(step) {
  reached = step;
  element("goal").hidden = !goal;
  if (!goal) return;
  element("goal-bar").style.width = `${(100 * step) / goal}%`;
  write("goal-text", text("goal", { step: written(goal) }));
}
