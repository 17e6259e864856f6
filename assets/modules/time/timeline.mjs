// The time line: any step of the run is shown again, everything on the page follows. Training waits or goes on.
import { rest } from "../core/elements.mjs";
import { element, onLanguage, state, text, wording, write } from "../core/page.mjs";
import { on, onWelcome, send } from "../core/socket.mjs";
import { onRuled } from "../core/steps.mjs";

const TICK_MS = 80; // of playing the recording
const ANSWER_MS = 1000; // within which the server has heard a wish
const STILL = 4; // px that a pointer may move in a click
const LATE_MS = 300; // after which a replay is said to be under way
/** @type {Timeline | null} */
let line = null; // the newest message
let playing = 0; // the timer
/** @type {{ run: number, last: number } | null} */
let played = null; // what is played
let seconds = 10; // in which all of it is played
/** @type {Moment | null} */
let wanted = null; // that was asked for last; null: now
let askedAt = 0;
/** @type {HTMLInputElement} */
let slider;

export function watchTimeline() {
  slider = rangeInput();
  element("time-range").replaceWith(slider);
  slider.addEventListener("input", () => {
    stop();
    goTo(Number(slider.value));
  });
  element("time-now").addEventListener("click", () => now());
  element("time-play").addEventListener("click", () => (playing ? stop() : play()));
  for (const id of ["train-on", "train-on-here"]) element(id).addEventListener("click", trainOn);
  element("then-now").addEventListener("click", () => line && send({ type: "then-now", on: (line.paired = !line.paired) }));
  element("time-waits").addEventListener("click", () => line && send({ type: "time-waits", waits: (line.waits = !line.waits) }));
  for (const choice of speeds()) choice.addEventListener("click", () => chooseSpeed(Number(choice.dataset.seconds)));
  for (const id of ["play", "step", "rewind", "reseed"]) element(id).addEventListener("click", () => leave(id), true);
  document.addEventListener("keydown", hear);
  on("timeline", show);
  onRuled(follow);
  onWelcome(forget);
  onLanguage(() => line && show(line));
  watchLoss();
}

/** The range input itself: Dash has none whose value is a plain number. */
function rangeInput() {
  const input = document.createElement("input");
  Object.assign(input, { type: "range", id: "timeline", min: "0", max: "0", step: "1", value: "0", disabled: true });
  wording(input, { label: "time.range" });
  return input;
}

const speeds = () => document.querySelectorAll("#time [data-seconds]");
const run = () => wanted?.run ?? line?.run ?? 0;

/** Show a step of the branch that is shown; the last one of the run that goes on is now. @param {number} step */
function goTo(step) {
  if (!line) return;
  const last = run() === line.now.run && step >= line.last;
  if (last) return now();
  ask({ run: run(), step });
}

/** @param {Moment} moment */
function ask(moment) {
  if (!wanted || wanted.run !== moment.run || wanted.step !== moment.step) askedAt = performance.now();
  wanted = moment;
  send({ type: "time", ...moment });
  say();
}

/** Back to the newest step. */
function now() {
  stop();
  if (!wanted && !line?.recalled) return;
  wanted = null;
  send({ type: "time", step: null });
  say();
}

/** Whoever trains looks at what trains; a pause while it trains unseen is none of that. @param {string} id */
function leave(id) {
  stop();
  if (!(wanted || line?.recalled) || (id === "play" && state.status === "training")) return;
  wanted = null;
  send({ type: "time", step: null, resume: false });
}

function trainOn() {
  if (!line) return;
  const step = wanted?.step ?? line.step;
  send({ type: "train-on", run: run(), step });
  element("time-more").open = false;
  wanted = null;
  stop();
}

/** A connection has been opened: a viewer begins at now. */
function forget() {
  stop();
  wanted = null;
  if (line?.paired) send({ type: "then-now", on: true });
}

/** From where it stands, or from the start where it stands at the end. */
function play() {
  if (!line?.last) return;
  const from = Number(slider.value) >= line.last ? 0 : Number(slider.value);
  const begun = performance.now();
  const [branch, last] = [run(), line.last];
  played = { run: branch, last };
  let shown = -1;
  playing = setInterval(() => {
    const step = Math.min(last, Math.round(from + ((performance.now() - begun) / 1000 / seconds) * last));
    const there = !wanted || (line?.recalled && line.step === wanted.step); // a slow replay is waited for
    if (step !== shown && (there || performance.now() - askedAt > 2000)) ask({ run: branch, step: (shown = step) });
    if (step >= last && there) {
      goTo(last);
      stop();
    }
  }, TICK_MS);
  element("time-play").setAttribute("aria-pressed", "true");
}

function stop() {
  clearInterval(playing);
  playing = 0;
  element("time-play").setAttribute("aria-pressed", "false");
}

/** @param {number} chosen */
function chooseSpeed(chosen) {
  seconds = chosen;
  for (const choice of speeds()) choice.setAttribute("aria-pressed", String(Number(choice.dataset.seconds) === chosen));
}

/** "," and "." go a step back and forth, as players of films do. @param {On<KeyboardEvent, Document>} event */
function hear(event) {
  if (event.defaultPrevented || !/^[,.]$/.test(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input:not([type=range], [type=radio]), select, textarea") || document.querySelector("dialog[open]")) return;
  if (!line?.last || state.covered) return;
  event.preventDefault();
  stop();
  const here = wanted?.step ?? line.step;
  goTo(Math.max(0, here + (event.key === "," ? -1 : 1)));
}

/** A click into the curves of the loss goes to its step. Plotly keeps clicks to itself, not pointers. */
function watchLoss() {
  let down = /** @type {Point | null} */ (null);
  addEventListener("pointerdown", ({ target, clientX, clientY }) => {
    down = target.closest?.("#loss") ? [clientX, clientY] : null; // Dash may make the chart anew
  }, true);
  addEventListener("pointerup", ({ clientX, clientY }) => {
    const still = down && Math.hypot(clientX - down[0], clientY - down[1]) < STILL;
    down = null;
    if (still) goToLoss(clientX);
  }, true);
}

/** @param {number} x */
function goToLoss(x) {
  const graph = /** @type {Graph} */ (element("loss").querySelector(".js-plotly-plot") ?? element("loss"));
  const axis = graph._fullLayout?.xaxis;
  if (!axis || !line?.last) return;
  const along = x - graph.getBoundingClientRect().left - axis._offset;
  const step = Math.round(axis.p2d(along));
  if (along < 0 || along > axis._length || step > line.last) return;
  stop();
  goTo(Math.max(0, step));
}

/** @param {Timeline} message */
function show(message) {
  line = message;
  if (playing && !(played && holds(message, played))) {
    stop(); // another experiment has begun
    wanted = null;
  }
  if (wanted && !message.branches.some((branch) => branch.run === wanted?.run)) wanted = null;
  if (wanted && !message.asked && performance.now() - askedAt > ANSWER_MS) wanted = null; // a new run ended it
  const begun = message.last > 0 || message.branches.length > 1;
  document.documentElement.toggleAttribute("data-begun", begun);
  slider.max = String(message.last);
  slider.disabled = !begun;
  if (!slider.matches(":active") || !wanted) slider.value = String(wanted?.step ?? message.step);
  for (const id of ["time-now", "train-on", "train-on-here"]) element(id).hidden = !message.recalled;
  const pair = element("then-now");
  pair.setAttribute("aria-pressed", String(message.paired));
  rest(pair, "time", !message.alone);
  wording(pair, { title: message.alone ? "time.then-now.help" : "time.then-now.taken" });
  element("time-waits").setAttribute("aria-pressed", String(message.waits));
  write("time-kept", message.kept);
  showMarks(message);
  showBranches(message);
  say();
}

/** Whether a run is still there in its whole length. @param {Timeline} line @param {{ run: number, last: number }} played */
const holds = ({ branches, last }, played) => last >= played.last && branches.some(({ run }) => run === played.run);

/** Now is the step of the picture. @param {number} step */
function follow(step) {
  if (!line || wanted || line.recalled || slider.matches(":active")) return;
  line.step = step;
  line.last = Math.max(line.last, step);
  slider.max = String(line.last);
  slider.value = String(step);
  say();
}

/** The step in words; of a replay that takes its time, how far it is. */
function say() {
  if (!line) return;
  const step = wanted?.step ?? line.step;
  const late = line.replaying !== null && wanted && performance.now() - askedAt > LATE_MS;
  const share = Math.round(100 * (line.replaying ?? 0));
  const words = late ? text("time_replaying", { step, share })
    : wanted || line.recalled ? text("time_of", { step, last: line.last }) : text("time_step", { step });
  write("time-said", words);
  slider.setAttribute("aria-valuetext", words);
}

/** @param {Timeline} line */
function showMarks({ marks, last }) {
  const host = element("time-marks");
  const key = JSON.stringify([marks, last]);
  if (host.dataset.key === key) return;
  host.dataset.key = key;
  host.replaceChildren(...marks.map(({ kind, step, text: said }) => {
    const mark = document.createElement("i");
    Object.assign(mark, { className: `time-mark ${kind}`, title: said });
    mark.style.left = `${(100 * step) / Math.max(1, last)}%`;
    mark.addEventListener("click", () => goTo(step));
    return mark;
  }));
  element("time-events").replaceChildren(...marks.map(({ step, text: said }) => {
    const item = document.createElement("button");
    Object.assign(item, { type: "button", className: "menu-item", textContent: said });
    item.addEventListener("click", () => goTo(step));
    return item;
  }));
  element("time-events").parentElement?.toggleAttribute("hidden", !marks.length);
}

/** Every branch by its last step; a click shows that. @param {Timeline} line */
function showBranches({ branches, now: newest, run: here }) {
  const host = element("branches");
  const key = JSON.stringify([branches, newest.run, here]);
  if (host.dataset.key === key) return;
  host.dataset.key = key;
  host.replaceChildren(...branches.map(({ run: branch, last, name }) => {
    const item = document.createElement("button");
    Object.assign(item, { type: "button", className: "menu-item", textContent: name });
    item.setAttribute("aria-pressed", String(branch === here));
    item.addEventListener("click", () => {
      stop();
      if (branch === newest.run) now();
      else ask({ run: branch, step: last });
    });
    return item;
  }));
}
