// The guide through the sheet: what is open, how far one is, what is covered and which controls it needs.
import { controls, data, element, onLanguage, setNumber, setProps, state, text, words, write } from "../core/page.mjs";
import { onPreset, openPreset } from "../settings/controls.mjs";
import { isOne, onFiles, onTaken } from "../core/dropped.mjs";
import { writeLink } from "../core/link.mjs";
import { on, send } from "../core/socket.mjs";
import { exportProgress, openHandIn, takePictures } from "./export.mjs";
import { given, isGiven, readNumber } from "./numbers.mjs";
import { number, typed as asTyped } from "../core/numbers.mjs";
import { forget, forgetAll, keep, recordOf } from "./progress.mjs";
import { CLOSED, backward, forward, isPassed, moved } from "./state.mjs";
import { coverView } from "./sketch.mjs";
import { blank, veil } from "./veil.mjs";
import { answerView, barView, button, compareView, doView, explainView, headView, listView, make, notesView, predictView, say, tellCompared, tellNow } from "./view.mjs";
import { showFormulas } from "../core/formulas.mjs";
import { shownVersion } from "../picture/picture.mjs";
import { toast } from "../core/toast.mjs";
import { takeNote } from "./notes.mjs";
import { governControls } from "./governed.mjs";

const { questions, answers } = data;
const names = questions.map((question) => question.name);
const PHONE = 760; // px, as in the style sheets
const REST_MS = 1500; // after which a picture that stands still is kept
const drafts = /** @type {Record<string, import("./view.mjs").Draft>} */ ({}); // question -> what is typed and not sent
let typedIn = state.language; // the language of the drafts
let at = CLOSED, open = /** @type {Question | null} */ (null); // see state.mjs; the open question
let reply = /** @type {SheetAnswer | null} */ (null), now = /** @type {SheetNow | null} */ (null); // what the server last said of its own experiment, and of what is on screen

export function watchGuide() {
  element("rail-sheet").addEventListener("click", () => showRail("sheet"));
  element("rail-controls").addEventListener("click", () => {
    showRail("controls");
    if (innerWidth <= PHONE) element("settings").scrollIntoView(); // there they are below the picture
  });
  element("all-controls").addEventListener("click", () => {
    showRail("controls");
    setTimeout(() => { // once the sections are as they were left
      for (const section of element("settings").querySelectorAll("details")) section.open = true;
    });
  });
  element("uncover").addEventListener("click", () => move({ type: "bare", own: isOwn(at.veiled) }));
  on("sheet", hear);
  onPreset((name) => openQuestion(name, { here: true, own: true }));
  onFiles((files) => isOne(files, /\.(html?|md)$/i), ([file]) => openFile(file));
  onTaken(() => at.veiled && openQuestion(null, { here: true })); // who opens a file wants to see it
  on("sheet-now", hearNow);
  onLanguage(() => {
    translateDrafts();
    draw(element("guide-page").scrollTop);
    ask(); // in the other language
  });
  showRail("controls");
}

/** The next step of a lecture: predict → see → answer → next question; also without a prediction. */
export function advance() {
  const next = forward(at, { questions: names, ready: open !== null && !typed(open).wrong, answers: answers !== "hidden" });
  if (next === "predict" && open) predict(open);
  else goOn(next);
}

/** The step before it. */
export function back() {
  const progress = open ? progressOf(open.name) : "open";
  goOn(backward(at, { questions: names, progress, answers: answers !== "hidden" }));
}

/** A page that is loaded again, or takes a room over, goes on where that is: votes are not begun anew. @param {string} question @param {string} stage */
export function catchUp(question, stage) {
  if (open?.name !== question) openQuestion(question, { here: true });
  if (at.stage !== "predict" || stage === "open") return;
  goOn("pass");
  if (stage === "answer" && answers !== "hidden") goOn("answer");
}

function goOn(/** @type {Turn | null} */ turn) {
  if (turn === null) return;
  if (typeof turn === "object") return openQuestion(turn.open);
  move({ type: turn, own: isOwn() });
  goTo({ pass: "do", answer: "answer", see: "compare", again: "", predict: "" }[turn]);
}

/** Open a question and its own experiment; `here` says that a link or the menu has opened one. @param {string | null} name */
function openQuestion(name, { here = false, own = isOwn(name) } = {}) {
  open = questions.find((q) => q.name === name) ?? null;
  reply = now = null;
  state.sheet = open?.name ?? null;
  setProps("preset", { value: state.preset = state.sheet ?? "none" });
  showRail("sheet", false);
  const progress = state.presents || !open ? "open" : progressOf(open.name); // a hall has not predicted yet
  move(open ? { type: "open", question: open.name, progress, here, own } : { type: "close", here });
  if (!open) ask();
  writeLink();
  element("guide-title")?.focus({ preventScroll: true });
}

/** The server's welcome: a link may have opened a question, a new connection knows of none. @param {string | null} sheet */
export function welcomeGuide(sheet) {
  now = null; // of another connection, whose versions may be those of another run of the server
  if (sheet && names.includes(sheet) && sheet !== state.sheet) openQuestion(sheet, { here: true });
  else ask();
}

/** A number that was typed and not sent keeps its value in another language. */
function translateDrafts() {
  for (const { name, parts } of questions) {
    for (const part of parts.filter(({ options }) => !options)) {
      const value = readNumber(drafts[name]?.[part.name] ?? "", typedIn);
      if (Number.isFinite(value)) drafts[name][part.name] = asTyped(value, language());
    }
  }
  typedIn = language();
}

const stages = /** @type {((now: { question: string | null, stage: string, covered: boolean }) => void)[]} */ ([]); // who shows elsewhere how far a question is

/** Have a function called with {question, stage, covered} whenever they may have changed. @param {typeof stages[number]} handler */
export const onStage = (handler) => stages.push(handler);

/** To another state: its page is drawn, its experiment opened, the server told. @param {GuideEvent} event */
function move(event) {
  const opened = open?.name ?? at.veiled;
  const next = moved(at, event);
  at = next.state;
  document.documentElement.dataset.stage = at.stage; // what a lecture's strip shows
  if (at.veiled && next.opens) blank();
  draw();
  if (next.opens && opened) {
    now = null;
    openPreset(opened);
  }
  if (open) ask();
  for (const told of stages) told({ question: open?.name ?? null, stage: at.stage, covered: Boolean(at.veiled) });
}

const language = () => state.language;
const progressOf = (/** @type {string} */ name) => {
  const record = recordOf(name);
  return record?.done ? "explained" : record?.prediction ? "predicted" : "open";
};

/** Whether the settings on screen, and what is looked at, are those of a question's own experiment. @param {string | null} name */
function isOwn(name = open?.name ?? null) {
  const own = questions.find((q) => q.name === name)?.settings ?? {};
  const here = /** @type {Record<string, unknown>} */ ({ ...state.accepted, ...state.view, window: state.view.window.join(",") });
  return Object.entries(own).every(([key, value]) => String(here[key]) === String(value));
}

/** Tell the server what is open; it answers with what may be shown. */
function ask() {
  const prediction = (open && recordOf(open.name)?.prediction) ?? null;
  const passed = isPassed(at, open ? progressOf(open.name) : "open");
  send({ type: "sheet", question: open?.name ?? null, prediction, passed });
}

function showRail(/** @type {"sheet" | "controls"} */ name, drawn = true) {
  for (const tab of ["sheet", "controls"]) {
    element(`rail-${tab}`).setAttribute("aria-selected", String(tab === name));
  }
  element("guide").hidden = name !== "sheet";
  state.guided = name === "sheet";
  document.documentElement.dataset.rail = name;
  if (drawn) draw();
}

/** Draw the guide anew: another question, another step, another language. */
export function draw(scrolled = 0) {
  const page = element("guide-page");
  page.replaceChildren(...(open ? questionPage(open) : [listView(questions, { open: openQuestion, exportAs: (kind) => exportProgress(questions, kind), openFile, remove })]));
  page.scrollTop = scrolled;
  element("settings").hidden = state.guided && (!open || Boolean(at.veiled));
  cover();
  governControls(open);
  if (open) tell();
}

function questionPage(/** @type {Question} */ open) {
  const place = names.indexOf(open.name);
  const step = (/** @type {number} */ to) => (names[to] ? () => openQuestion(names[to]) : null);
  const draft = (drafts[open.name] ??= {});
  const record = recordOf(open.name);
  const page = [
    barView({ previous: step(place - 1), list: () => openQuestion(null), next: step(place + 1), advance, back }),
    ...headView(open.name),
  ];
  if (at.stage === "predict") page.push(predictView(open, draft, () => predict(open)));
  else {
    page.push(doView(open, tryOut, () => note(open)), compareView(open, record?.prediction ?? null, language()));
    if (record?.prediction) page.push(explainView(open, record, draft, () => explain(open.name), answers === "hidden"));
  }
  if (at.stage === "answer" || answers === "shown") page.push(answerView());
  page.push(make("div", { className: "guide-foot" },
    at.veiled ? null : button(text("sheet_start_values"), () => move({ type: "restart" }), { id: "start-values" }),
    at.stage === "predict" ? null : button(text("sheet_again"), () => again(open.name), { id: "answer-again" })));
  return page;
}

/** What is typed as a prediction, and the first part that it is none for. @param {Question} question */
function typed({ name, parts }) {
  const values = given(parts, drafts[name] ?? {}, language());
  return { values, wrong: parts.find((part, k) => !isGiven(part, values[k])) };
}

/** Take what was typed as the prediction; a sentence where it is none. @param {Question} question */
function predict(question) {
  const { values, wrong } = typed(question);
  if (wrong && !wrong.options) {
    const [low, high] = [wrong.low, wrong.high].map((v) => number(v, language()));
    return text(wrong.whole ? "sheet_needs_whole" : "sheet_needs_number", { low, high });
  }
  if (wrong) return text("sheet_needs_choice");
  keep(question.name, { prediction: values.map((value) => value ?? ""), at: new Date().toISOString() });
  move({ type: "predict", own: isOwn() });
  goTo("do");
  return "";
}

/** To a step: for the eye to its top, for the keyboard to its heading. @param {string} step */
function goTo(step) {
  element(`guide-${step}-title`)?.focus({ preventScroll: true });
  element(`guide-${step}`)?.scrollIntoView({ block: "start" });
}

/** Put settings into their controls, as if they had been touched. @param {Try} each */
function tryOut({ settings, perInput }) {
  const share = perInput === null ? {} : { weight_variance: Number((perInput / state.accepted.width).toPrecision(6)) };
  for (const [name, value] of Object.entries({ ...settings, ...share })) {
    setNumber(controls.find((c) => c.name === name)?.id ?? name, value);
  }
}

async function explain(/** @type {string} */ name) {
  const { why, words: own } = drafts[name];
  keep(name, { why: why ?? null, words: (own ?? recordOf(name)?.words ?? "").trim(), done: true });
  move({ type: "answer" });
  if (answers === "hidden") element("guide-saved").focus();
  else goTo("answer");
  const fits = await keepPictures(name);
  if (open?.name === name) write("guide-saved", text(fits ? "sheet_saved" : "sheet_no_room"));
}

/** Keep the pictures of the question's own experiment, while it stands on screen. @param {string} name */
async function keepPictures(name) {
  if (!now?.own || now.version !== shownVersion()) return true;
  return keep(name, { pictures: await takePictures() });
}

function keepWhenAtRest(/** @type {string} */ name, /** @type {SheetNow} */ heard) {
  const record = recordOf(name);
  if (!heard.own || heard.measuring || !record?.prediction || record.pictures) return;
  setTimeout(() => open?.name === name && now === heard && keepPictures(name), REST_MS);
}

/** Keep what is on screen as an observation. @param {Question} question */
async function note(question) {
  await takeNote(question, () => (open === question ? now : null));
  if (open === question) tellNotes();
}

function forgetNote(/** @type {string} */ name, /** @type {Observation} */ observation) {
  keep(name, { observations: (recordOf(name)?.observations ?? []).filter((kept) => kept !== observation) });
  tellNotes();
}

function again(/** @type {string} */ name) {
  forget(name);
  drafts[name] = {};
  reply = null;
  move({ type: "again" });
  element("guide-title").focus({ preventScroll: true });
}

/** A hand-in to go on with: its records join those that are here. @param {File} file */
async function openFile(file) {
  if (!(await openHandIn(file, questions))) return;
  for (const name of Object.keys(drafts)) delete drafts[name];
  if (open) return state.presents ? draw() : openQuestion(open.name); // as it is answered now; a hall is asked once
  at = CLOSED;
  draw();
}

/** The first press asks, the second deletes. @param {On<MouseEvent, HTMLButtonElement>} event */
function remove({ currentTarget }) {
  if (!currentTarget.dataset.sure) {
    currentTarget.dataset.sure = "yes";
    currentTarget.textContent = text("sheet_delete_sure");
    return;
  }
  forgetAll();
  at = CLOSED;
  for (const name of Object.keys(drafts)) delete drafts[name];
  toast(() => text("sheet_deleted"));
  draw();
}

/** What the server says of a question's own experiment: measured, judged, and the worked answer. @param {SheetAnswer} message */
function hear(message) {
  if (!open || message.question !== open.name) return;
  reply = message;
  const record = recordOf(open.name);
  if (record?.prediction && message.parts.length) {
    const seen = Object.fromEntries(open.parts.map((part, k) => [part.name, message.parts[k].seen]));
    keep(open.name, { own: { link: new URL(open.link, location.href).href, step: open.step, seen, named: open.named } });
  }
  tell();
}

/** The same measure on what is on screen now. @param {SheetNow} message */
function hearNow(message) {
  if (!open || message.question !== open.name) return;
  now = message;
  tell();
  keepWhenAtRest(open.name, message);
}

function tell() {
  const compare = element("guide-compare");
  if (compare && now) tellNow(now, language());
  tellNotes();
  if (!reply || !open) return;
  const record = recordOf(open.name);
  if (compare && reply.parts.length) tellCompared(compare, reply.parts, language());
  write("guide-note", answers === "hidden" && at.stage === "answer" ? text("sheet_kept_back") : "");
  const host = element("guide-worked");
  if (!host) return;
  element("guide-answer").hidden = !reply.answer;
  if (reply.answer) showFormulas(host, reply.answer);
  const chosen = record?.why;
  const reason = reply.explanation && words(`sheet.${open.name}.why.${reply.explanation}`);
  say(element("guide-verdict"), !chosen || !reason ? "" : chosen === reply.explanation
    ? text("sheet_why_right") : text("sheet_why_other", { reason }));
}

function tellNotes() {
  if (!open) return;
  const question = open, { name } = question;
  const notes = recordOf(name)?.observations ?? [];
  element("guide-notes")?.replaceChildren(...notesView(question, notes, language(), (one) => forgetNote(name, one)));
}

/** Nothing is shown before the prediction: picture, charts and counts are covered, and cannot be read. */
function cover() {
  const covered = questions.find(({ name }) => name === at.veiled);
  for (const id of ["cover", "cover-charts"]) element(id).hidden = !covered;
  if (covered) element("cover-question").replaceChildren(...coverView(covered, language()));
  veil(Boolean(covered));
}
