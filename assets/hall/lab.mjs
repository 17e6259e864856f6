// The teacher's page: numbers of the lab, asked for every two seconds with the token typed here.
import { make } from "../modules/core/elements.mjs";
import { recall, remember } from "../modules/core/memory.mjs";
import { element, text, words, written } from "../modules/core/page.mjs";

/**
 * Numbers of the lab (app/lab).
 * @typedef {Record<"experiments" | "most" | "watched" | "rooms" | "followers" | "frames" | "steps" | "megabytes" | "waiting", number> & {
 *   runs: Record<string, number>, questions: { name: string, open: number, predicted: number, passed: number }[] }} Numbers
 */
const EVERY_MS = 2000;
const KEY = "cellscope-teacher";
/** @type {Numbers | null} */
let before = null; // the numbers before, for what is counted up
let timer = 0;

const token = () => recall(KEY, "sessionStorage") ?? "";

element("lab-entry").addEventListener("submit", (event) => {
  event.preventDefault();
  remember(KEY, element("lab-token").value, "sessionStorage");
  element("lab-token").value = "";
  ask();
});
element("lab-help").addEventListener("submit", (event) => {
  event.preventDefault();
  open(`./?${new URLSearchParams({ room: element("lab-code").value })}`, "_blank", "noopener");
});
document.documentElement.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
if (token()) ask();

async function ask() {
  clearTimeout(timer);
  let answer;
  try {
    answer = await fetch("./lab/numbers", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ token: token() }) });
  } catch {
    say(text("lab_away"));
    timer = setTimeout(ask, EVERY_MS);
    return;
  }
  if (answer.ok) show(await answer.json());
  else refuse(answer.status);
}

/** @param {number} status */
function refuse(status) {
  element("lab-numbers").hidden = true;
  element("lab-entry").hidden = false;
  remember(KEY, "", "sessionStorage");
  say(status === 404 ? text("lab_closed") : status === 429 ? text("lab_often") : text("lab_wrong"));
}

/** @param {Numbers} found */
function show(found) {
  say("");
  element("lab-entry").hidden = true;
  element("lab-numbers").hidden = false;
  const seconds = EVERY_MS / 1000;
  const rate = (/** @type {"frames" | "steps"} */ name) => (before ? Math.max(0, Math.round((found[name] - before[name]) / seconds)) : 0);
  const rows = {
    lab_experiments: text("lab_of", { count: found.experiments, most: found.most }),
    lab_watched: written(found.watched), lab_training: written(found.runs.training),
    lab_paused: written(found.runs.paused), lab_diverged: written(found.runs.diverged + found.runs.failed),
    lab_rooms: text("lab_with", { rooms: found.rooms, followers: found.followers }),
    lab_frames: written(rate("frames")), lab_steps: written(rate("steps")),
    lab_memory: written(found.megabytes), lab_waiting: written(found.waiting),
  };
  element("lab-load").replaceChildren(...Object.entries(rows).flatMap(([key, value]) =>
    [make("dt", { textContent: text(key) }), make("dd", { textContent: value })]));
  element("lab-questions").replaceChildren(...found.questions.map(({ name, ...counts }) => make("tr", {},
    make("th", { scope: "row", textContent: `${name} ${words(`sheet.${name}.title`)}` }),
    .../** @type {const} */ (["open", "predicted", "passed"]).map((stage) => make("td", { textContent: written(counts[stage]) })))));
  before = found;
  timer = setTimeout(ask, EVERY_MS);
}

/** @param {string} said */
function say(said) {
  element("lab-state").textContent = said;
}
