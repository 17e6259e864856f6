// One step number rules the page, that of the picture. A panel that shows another one says so.
import { element, onLanguage, state, text, write, written } from "./page.mjs";

/** @type {Record<string, string[]>} */
const SECTIONS = { // what a message brings -> the sections that show it, where it is not the one of its name
  moments: ["signal"],
  backward: ["backward", "gains", "health", "values", "spread"],
};
/** @type {Record<string, number>} */
const shown = {}; // section -> the step that it shows
const COUNTERS = ["loss-count", "accuracy-count"]; // they come with the charts
/** @type {((step: number) => void)[]} */
const followers = []; // what else shows the step of the picture
let ruling = 0;
let counted = 0; // the step of the counters

onLanguage(() => Object.keys(shown).forEach(say));

/** Called with every frame: its step is the page's. @param {number} step */
export function rule(step) {
  if (step === ruling) return;
  ruling = step;
  Object.keys(shown).forEach(say);
  sayCounters();
}

/** Have a function called with the step of the picture whenever it is written. @param {(step: number) => void} follower */
export const onRuled = (follower) => followers.push(follower);

/** It is written now. @param {number} step */
export const ruled = (step) => followers.forEach((follower) => follower(step));

/** What a message brought is of a step. @param {string} part @param {number} step */
export function bring(part, step) {
  for (const section of SECTIONS[part] ?? [part]) {
    shown[section] = step;
    say(section);
  }
}

/** The step that a section shows; undefined where it is of none. @param {string} section @returns {number | undefined} */
export const stepOf = (section) => shown[section];

/** The counters beside the step are of a step. @param {number} step */
export function countAt(step) {
  counted = step;
  sayCounters();
}

/** @param {string} section */
function say(section) {
  const behind = shown[section] !== ruling;
  write(`${section}-lag`, behind ? text("at_step", { step: written(shown[section]) }) : "");
}

function sayCounters() {
  const behind = counted !== ruling;
  for (const id of COUNTERS) {
    const node = element(id);
    if (node.classList.contains("behind") !== behind) node.classList.toggle("behind", behind);
    const title = behind ? text("at_step", { step: written(counted) }) : "";
    if (node.title !== title) node.title = title;
  }
}

let played = false; // whether this page has seen its network train
/** @type {{ start: string, now: string, step: number } | null} */
let story = null; // the sentences of the newest survey: {start, now}, and its step

/** The sentence at the picture. @param {{ start: string, now: string }} sentences @param {number} step */
export function tell(sentences, step) {
  story = { ...sentences, step };
  played ||= step > 0 || state.status === "training";
  write("story", played ? story.now : story.start);
  element("story").title = element("story").textContent;
}
