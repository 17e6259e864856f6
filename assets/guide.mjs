// The guide through the sheet: which question is open, how far it is, what is covered and needed.
import { controls, data, element, onLanguage, setProps, state, text, words, write } from "./page.mjs";
import { openPreset } from "./controls.mjs";
import { writeLink } from "./link.mjs";
import { on, send } from "./stream.mjs";
import { chooseTab } from "./tabs.mjs";
import { exportProgress, takePictures } from "./guide-export.mjs";
import { readNumber } from "./guide-numbers.mjs";
import { number } from "./numbers.mjs";
import { forget, forgetAll, keep, recordOf } from "./guide-progress.mjs";
import { answerView, barView, button, compareView, doView, explainView, headView, listView, make, predictView, say, tellCompared } from "./guide-view.mjs";
import { showFormulas } from "./formulas.mjs";
import { hush, toast } from "./toast.mjs";

const { questions, answers } = data;
const GOVERNED = [...controls.filter((c) => !["layer", "speed"].includes(c.name)).map((c) => c.id),
  "side", "ruler", "sheet-grid", "lines-switch", "whole-window", "draws"]; // reseed is transport
const HIDDEN_WHILE_COVERED = ".picture-frame, .pane-facts, .layer-buttons, #count, .note, .right > .panel, #loss-count, #accuracy-count";
const PHONE = 760; // px, as in the style sheets
const uncovered = new Set(); // questions looked at without a prediction
const drafts = {}; // question -> what is typed and not sent
let open = null; // the open question
let reply = null; // what the server last said of it

export function watchGuide() {
  element("rail-sheet").addEventListener("click", () => showRail("sheet"));
  element("rail-controls").addEventListener("click", () => {
    showRail("controls");
    if (innerWidth <= PHONE) element("settings").scrollIntoView(); // there they are below the picture
  });
  element("all-controls").addEventListener("click", () => showRail("controls"));
  element("uncover").addEventListener("click", uncover);
  document.querySelector(".rail-tabs").addEventListener("keydown", moveByKey);
  on("sheet", hear);
  onLanguage(() => {
    draw(element("guide-page").scrollTop);
    ask(); // in the other language
  });
  showRail("controls");
}

/** Open a question; `here` says that its experiment is there already. */
export function openQuestion(name, { here = false } = {}) {
  open = questions.find((q) => q.name === name) ?? null;
  reply = null;
  state.sheet = open?.name ?? null;
  setProps("preset", { value: state.preset = state.sheet ?? "none" });
  if (open) chooseTab(hasSections(open.tab) ? open.tab : "overview");
  showRail("sheet");
  if (open && predicted() && !here) openStart();
  else ask();
  writeLink();
  element("guide-title")?.focus({ preventScroll: true });
}

/** The server's welcome: a link may have opened a question, a new connection knows of none. */
export function welcomeGuide(sheet) {
  if (sheet && questions.some((q) => q.name === sheet) && sheet !== state.sheet) openQuestion(sheet, { here: true });
  else ask();
}

const hasSections = (tab) => element("right").querySelector(`[data-tabs~="${tab}"]`) !== null;
const predicted = () => recordOf(open.name)?.prediction;
const language = () => state.language;

/** Tell the server what is open; it answers with what may be shown. */
function ask() {
  send({ type: "sheet", question: open?.name ?? null, prediction: open ? predicted() ?? null : null });
}

function showRail(name) {
  for (const tab of ["sheet", "controls"]) {
    element(`rail-${tab}`).setAttribute("aria-selected", String(tab === name));
    element(`rail-${tab}`).tabIndex = tab === name ? 0 : -1;
  }
  element("guide").hidden = name !== "sheet";
  state.guided = name === "sheet";
  document.documentElement.dataset.rail = name;
  draw();
  window.dispatchEvent(new Event("resize")); // the rail is wider while it guides
}

function moveByKey(event) {
  if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  const other = state.guided ? "controls" : "sheet";
  showRail(other);
  element(`rail-${other}`).focus();
}

/** Draw the guide anew: another question, another step, another language. */
export function draw(scrolled = 0) {
  const page = element("guide-page");
  page.replaceChildren(...(open ? questionPage() : [listView(questions, { open: openQuestion, exportAll: () => exportProgress(questions), remove })]));
  page.scrollTop = scrolled;
  element("settings").hidden = state.guided && !open;
  cover();
  governControls();
  if (open) tell();
}

function questionPage() {
  const at = questions.indexOf(open);
  const step = (to) => (questions[to] ? () => openQuestion(questions[to].name) : null);
  const draft = (drafts[open.name] ??= {});
  const page = [
    barView({ previous: step(at - 1), list: () => openQuestion(null), next: step(at + 1) }),
    ...headView(open.name),
  ];
  const record = recordOf(open.name);
  if (!record?.prediction) page.push(predictView(open, draft, predict));
  else {
    page.push(doView(open, tryOut), compareView(open, record.prediction, language()));
    page.push(explainView(open, record, draft, explain, answers === "hidden"));
  }
  if (record?.done || answers === "shown") page.push(answerView());
  page.push(make("div", { className: "guide-foot" },
    button(text("sheet_start_values"), () => openStart(), { id: "start-values" }),
    record?.prediction ? button(text("sheet_again"), again, { id: "answer-again" }) : null));
  return page;
}

/** Take what was typed as the prediction; a sentence where it is none. */
function predict() {
  const draft = drafts[open.name];
  const values = open.parts.map((part) => (part.options ? draft[part.name] : readNumber(draft[part.name] ?? "", language())));
  const wrong = open.parts.find((part, k) => !part.options && !(values[k] >= part.low && values[k] <= part.high));
  if (wrong) {
    const [low, high] = [wrong.low, wrong.high].map((v) => number(v, language()));
    return text("sheet_needs_number", { low, high });
  }
  if (values.includes(undefined)) return text("sheet_needs_choice");
  const { name } = open;
  keep(name, { prediction: values, at: new Date().toISOString() });
  const tried = open.tries.find((t) => values.includes(t.name));
  draw();
  openStart({ again: false, tried: tried?.settings });
  goTo("do");
  return "";
}

/** The question's own experiment: its preset, what a prediction changes, and what was predicted. */
async function openStart({ again = true, tried = {} } = {}) {
  const { name, changes } = open;
  if (again || !isStart(name)) await openPreset(name);
  await new Promise(requestAnimationFrame); // the preset's own values are drawn before they change
  if (open?.name !== name) return;
  tryOut({ ...changes, ...tried });
  ask();
}

/** Whether the question's preset is on screen as it was opened, by a link or from the menu. */
const isStart = (name) => state.experiment?.name === name && state.experiment.settings === JSON.stringify(state.accepted);

/** To a step: for the eye to its top, for the keyboard to its heading. */
function goTo(step) {
  element(`guide-${step}-title`).focus({ preventScroll: true });
  element(`guide-${step}`).scrollIntoView({ block: "start" });
}

/** Put settings into their controls, as if they had been touched. */
function tryOut(settings) {
  for (const [name, value] of Object.entries(settings)) {
    setProps(controls.find((c) => c.name === name).id, { value: String(value) });
  }
}

async function explain() {
  const { name } = open;
  const { why, own } = drafts[name];
  keep(name, { why: why ?? null, own: (own ?? recordOf(name).own ?? "").trim(), done: true, link: location.href, seen: seen() });
  if (!element("guide-answer")) draw();
  const fits = keep(name, { pictures: await takePictures() });
  if (open?.name !== name) return;
  write("guide-saved", text(fits ? "sheet_saved" : "sheet_no_room"));
  if (element("guide-answer")) goTo("answer");
  else element("guide-saved").focus();
}

const seen = () => Object.fromEntries(open.parts.map((part, k) => [part.name, reply?.parts[k]?.seen ?? null]));

function again() {
  forget(open.name);
  drafts[open.name] = {};
  uncovered.delete(open.name);
  openQuestion(open.name, { here: true });
}

/** The first press asks, the second deletes. */
function remove({ currentTarget }) {
  if (!currentTarget.dataset.sure) {
    currentTarget.dataset.sure = "yes";
    currentTarget.textContent = text("sheet_delete_sure");
    return;
  }
  forgetAll();
  for (const name of Object.keys(drafts)) delete drafts[name];
  toast(() => text("sheet_deleted"));
  setTimeout(hush, 2500);
  draw();
}

/** What the server says of a question: measured, whether predicted, and the worked answer. */
function hear(message) {
  if (message.question !== open?.name) return;
  reply = message;
  tell();
}

function tell() {
  if (!reply) return;
  const record = recordOf(open.name);
  const compare = element("guide-compare");
  if (compare && reply.parts.length) tellCompared(compare, reply.parts, language());
  write("guide-note", reply.note || (answers === "hidden" && record?.done ? text("sheet_kept_back") : ""));
  if (record?.prediction && !record.seen && reply.parts.every((part) => part.seen)) keep(open.name, { seen: seen(), link: location.href });
  const host = element("guide-worked");
  if (!host) return;
  element("guide-answer").hidden = !reply.answer;
  if (reply.answer) showFormulas(host, reply.answer);
  const chosen = record?.why;
  const reason = reply.explanation && words(`sheet.${open.name}.why.${reply.explanation}`);
  say(element("guide-verdict"), !chosen || !reason ? "" : chosen === reply.explanation
    ? text("sheet_why_right") : text("sheet_why_other", { reason }));
}

/** Nothing is shown before the prediction: picture, charts and counts are covered, and cannot be read. */
function cover() {
  const covered = Boolean(open && state.guided && !predicted() && !uncovered.has(open.name));
  document.documentElement.toggleAttribute("data-covered", covered);
  element("cover").hidden = !covered;
  for (const node of document.querySelectorAll(HIDDEN_WHILE_COVERED)) node.inert = covered;
}

function uncover() {
  uncovered.add(open.name);
  if (!isStart(open.name)) openPreset(open.name);
  cover();
}

/** While a question is open only the controls are there that it needs. */
function governControls() {
  const all = !open || !state.guided;
  for (const id of GOVERNED) {
    const node = element(id);
    const host = node?.closest(".row") ?? node;
    host?.classList.toggle("unneeded", !all && !open.controls.includes(id));
  }
  for (const group of element("settings").querySelectorAll(".group")) {
    const rows = [...group.querySelectorAll(".row")];
    group.classList.toggle("unneeded", rows.every((row) => row.classList.contains("unneeded")));
    if (!all) group.open = true;
  }
  document.documentElement.toggleAttribute("data-question", !all);
}
