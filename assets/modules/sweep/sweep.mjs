// 2.8, sweeps: the form, how far the sweep is, the grid of small pictures and its charts.
import { asked, downloadAnswer, telling } from "../core/download.mjs";
import { named, within } from "../core/elements.mjs";
import { queryOf } from "../core/requests.mjs";
import { typed, withPoint } from "../core/numbers.mjs";
import { showFigure } from "../core/charts.mjs";
import { data, element, field as box, onLanguage, setProps, state, wording, words, write } from "../core/page.mjs";
import { onSettings, openSettings } from "../settings/controls.mjs";
import { on, onBinary, onJob, onWelcome, send } from "../core/socket.mjs";
import { onStage } from "../guide/guide.mjs";
import { paint } from "../picture/pixels.mjs";
import { lookAt } from "../core/view.mjs";

const FIELDS = ["axis", "values", "second_axis", "second_values", "seeds", "steps"];
/** @type {Record<string, string>} */
const SHAPES = {
  circle: "●", square: "■", "triangle-up": "▲", diamond: "◆", cross: "✚", x: "✖", star: "★", pentagon: "⬟",
};
/** @param {string} field */
const idOf = (field) => `sweep-${field.replace("_", "-")}`;
/** @type {Record<string, string>} */
const BIASES = { "zero": "sweep.bias.zero", "fixed": "sweep.bias.fixed", "like-weights": "sweep.bias.like-weights" };
/** @type {() => Record<string, string>} */
const startValues = () => JSON.parse(element("sweep-form").dataset.start ?? "{}");
/** @type {SweepMessage | null} */
let shown = null; // the newest sweep's message
/** @type {"start" | "end"} */
let moment = "start"; // which of the two pictures of each point
/** @type {Job | null} */
let job = null; // how far it is, as the server said last
let running = false, hidden = false; // hidden: a question's cover took its words and charts
/** @type {string | null} */
let asks = null; // the question that is open
/** @type {number | null} */
let opened = null; // the point whose experiment was opened
let arrived = false; // whether the page has its settings
/** @type {Map<string, { header: SweepPictureHeader, pixels: Uint8Array }>} */
const pictures = new Map(); // "point/moment" -> {header, pixels}
/** @type {{ settings: Settings, view: Partial<View>, opened: number | null }[]} */
const before = []; // the experiments that were open before

export function watchSweep() {
  for (const field of FIELDS) element(idOf(field)).addEventListener("input", () => formChanged(field));
  element("sweep-start").addEventListener("click", startOrCancel);
  element("sweep-at-start").addEventListener("click", () => choose("start"));
  element("sweep-at-end").addEventListener("click", () => choose("end"));
  element("sweep-back").addEventListener("click", goBack);
  element("sweep-csv").addEventListener("click", () => telling(saveTable));
  element("sweep-grid").addEventListener("keydown", moveByKey);
  onWelcome(() => {
    speak();
    askPlan();
  });
  onJob("sweep", showProgress);
  on("sweep-plan", showPlan);
  on("sweep", showSweep);
  on("sweep-of", ({ text: said }) => write("sweep-others", said));
  onBinary("sweep-picture", takePicture);
  onLanguage(speak);
  const start = Object.fromEntries(FIELDS.map((field) => [field, known(box(idOf(field)).value)]));
  onStage(({ question, covered }) => {
    if (question && question !== asks) fill(start); // its text speaks of these
    asks = question;
    if (hidden && !covered) showAgain();
    hidden = covered;
  });
  onSettings(() => {
    nameScores();
    leavePoint();
  });
  showTools();
}

/** What the networks reach: of a regression R²; as the sweep that is shown has it, whatever the page has by now. */
function nameScores() {
  const { task } = shown ?? state.accepted;
  wording(element("sweep-accuracy-title"), { text: task === "regression" ? "sweep.chart.r2" : "sweep.chart.accuracy" });
}

const form = () => Object.fromEntries(FIELDS.map((field) => [field, sent(field, box(idOf(field)).value)]));

/** Values as the server knows them: the kinds of biases have names in every language. @param {string} values */
const known = (values) => values.split(",").map((value) => nameOf(value.trim()) ?? value).join(",");
/** @param {string} value */
const nameOf = (value) => Object.keys(BIASES).find((name) =>
  name === value || Object.values(data.texts).some((texts) => texts[BIASES[name]] === value));
/** The same values in the page's language. @param {string} values */
const spoken = (values) => {
  const names = values.split(",").map((value) => nameOf(value.trim()) ?? value.trim());
  return names.every((name) => name in BIASES) ? names.map((name) => words(BIASES[name])).join(", ") : values;
};

function speak() {
  for (const field of ["values", "second_values"]) {
    const { value } = box(idOf(field));
    if (spoken(value) !== value) setProps(idOf(field), { value: spoken(value) });
  }
}

/** @param {string} field @param {string} values */
const sent = (field, values) => listed(field, known(values));
/** @param {string} field */
const isReal = (field) => box(idOf(field.replace("values", "axis")))?.value === "weight_variance";

/**
 * Values with decimal points, a semicolon between them: 0,5, 1, 2 or 0,5; 1; 2 as a German types them.
 * @param {string} field @param {string} values
 */
function listed(field, values) {
  if (state.language === "en" || !field.endsWith("values") || !isReal(field)) return values;
  const parts = values.split(values.includes(";") ? ";" : /,\s+|,$/).map((part) => part.trim()).filter(Boolean);
  return parts.map((part) => withPoint(part, state.language) ?? part).join("; ");
}

/** And back, for the box. @param {string} field @param {string} values */
const shownValues = (field, values) => (state.language === "en" || !field.endsWith("values") || !/\d\.\d/.test(values)
  ? values : values.split(/\s*[;,]\s*/).map((part) => typed(part, state.language)).join("; "));
/** What would it cost? `fresh` are values that the boxes get only when Dash has drawn them. */
const askPlan = (fresh = {}) => send({ type: "sweep-plan", ...form(), ...fresh });

/** Another axis brings values that suit it. @param {string} field */
function formChanged(field) {
  const values = field.endsWith("axis") && startValues()[box(idOf(field)).value];
  if (values) fill({ [field.replace("axis", "values")]: values });
  else askPlan();
  showTools();
}

/** @param {Record<string, string>} fresh */
function fill(fresh) {
  for (const [field, canonical] of Object.entries(fresh)) {
    const value = field.endsWith("values") ? spoken(canonical) : canonical;
    if (box(idOf(field)).value !== value) setProps(idOf(field), { value });
  }
  askPlan(fresh);
  setTimeout(showTools, 100); // when Dash has drawn them
}

/** @param {Messages["sweep-plan"]} plan */
function showPlan({ text: estimate, problems }) {
  write("sweep-estimate", estimate);
  for (const field of FIELDS) showProblem(`sweep_${field}`, "");
  showProblem("sweep", "");
  for (const { field, message } of problems) showProblem(field, message);
  element("sweep-start").disabled = !running && problems.length > 0;
}

/** @param {string} field @param {string} message */
function showProblem(field, message) {
  const id = field.replaceAll("_", "-");
  write(`${id}-problem`, message);
  element(id)?.setAttribute("aria-invalid", String(message !== ""));
}

function startOrCancel() {
  if (running) send({ type: "sweep-cancel" });
  else send({ type: "sweep-start", ...form() });
}

/** It is of no question: after the cover of one it is there as before. */
function showAgain() {
  askPlan();
  if (job) showProgress(job);
  if (!shown) return;
  sayResult(shown);
  showCharts();
}

/** @param {Job} told */
function showProgress(told) {
  job = told;
  const { status, share, text: said } = told;
  running = status === "running";
  const percent = Math.round(100 * share);
  const bar = element("sweep-bar");
  /** @type {HTMLElement} */ (bar.firstChild).style.width = `${percent}%`;
  bar.setAttribute("aria-valuenow", String(percent));
  bar.classList.toggle("running", running);
  write("sweep-state", said);
  wording(element("sweep-start"), { text: running ? "sweep.cancel" : "sweep.start" });
  element("sweep-start").classList.toggle("running", running);
  if (running) element("sweep-start").disabled = false;
}

/** The grid's frame and the charts; a new sweep clears the grid. @param {SweepMessage} message */
function showSweep(message) {
  const fresh = message.number !== shown?.number;
  // This page may have been loaded since the sweep was asked for.
  if (fresh) fill(Object.fromEntries(FIELDS.map((field) => [field, shownValues(field, String(message.form[field]))])));
  if (fresh) {
    pictures.clear();
    opened = null;
    moment = "start";
  }
  shown = message;
  nameScores();
  if (fresh) buildGrid(message);
  sayResult(message);
  element("sweep-notes").replaceChildren(...message.notes.map((note) => named("li", note)));
  element("sweep-key").replaceChildren(...message.key.map(keyEntry));
  showTools();
  showPoints();
  showCharts();
}

/** @param {SweepMessage} message */
function sayResult({ caption, after }) {
  write("sweep-caption", caption);
  write("sweep-at-end", after);
}

/** @param {SweepMessage["key"][number]} entry */
function keyEntry({ label, colour, shape }) {
  const entry = named("span", "", "key");
  const mark = named("span", SHAPES[shape] ?? "●", "sweep-mark");
  mark.style.color = colour;
  entry.append(mark, label);
  return entry;
}

function buildGrid(/** @type {SweepMessage} */ { columns, rows, axes }) {
  const host = element("sweep-grid");
  host.style.setProperty("--columns", String(columns));
  host.style.setProperty("--rows", String(rows));
  host.classList.toggle("one-row", axes.length < 2);
  /** @type {HTMLElement[]} */
  const cells = [named("div", axes[1] ? `${axes[1].name} ↓` : "", "sweep-corner")];
  cells.push(named("div", `${axes[0].name} →`, "sweep-across"));
  for (const label of axes[0].labels) cells.push(named("div", label, "sweep-column"));
  for (let row = 0; row < rows; row++) {
    cells.push(named("div", axes[1]?.labels[row] ?? "", "sweep-line"));
    for (let column = 0; column < columns; column++) cells.push(pointButton(row * columns + column));
  }
  host.replaceChildren(...cells);
}

/** @param {number} point */
function pointButton(point) {
  const button = named("button", "", "sweep-point");
  Object.assign(button, { type: "button", disabled: true, tabIndex: point === 0 ? 0 : -1 });
  button.dataset.point = String(point);
  button.append(document.createElement("canvas"), named("span", "", "sweep-count"));
  button.addEventListener("click", () => openPoint(point));
  return button;
}

/** @param {number} point @returns {HTMLButtonElement} */
const buttonOf = (point) => within(element("sweep-grid"), `button[data-point="${point}"]`);

/** @param {SweepPictureHeader} header @param {Uint8Array} pixels */
function takePicture(header, pixels) {
  if (header.number !== shown?.number) return;
  pictures.set(`${header.point}/${header.moment}`, { header, pixels: pixels.slice() });
  if (header.moment === moment) showPoint(header.point);
}

function showPoints() {
  shown?.points.forEach((_, point) => showPoint(point));
}

/** One small picture, its count, and whether its seeds diverged. @param {number} point */
function showPoint(point) {
  const button = buttonOf(point);
  const found = pictures.get(`${point}/${moment}`);
  button.disabled = !pictures.has(`${point}/start`);
  button.classList.toggle("waiting", !found);
  button.classList.toggle("chosen", point === opened);
  if (point === opened) button.setAttribute("aria-current", "true");
  else button.removeAttribute("aria-current");
  if (!found || !shown) return;
  const { header, pixels } = found;
  const { diverged, share } = shown.points[point];
  const lost = moment === "end" ? diverged : "";
  paint(within(button, "canvas"), pixels, header.side, header.mode);
  const parts = [header.diverged ? "" : header.count, lost && `⚠ ${share}`];
  within(button, ".sweep-count").textContent = parts.filter(Boolean).join(" ");
  button.classList.toggle("lost", lost !== "");
  button.classList.toggle("broken", header.diverged);
  button.title = [header.label, lost].filter(Boolean).join(" · ");
  button.setAttribute("aria-label", button.title);
}

/** @param {"start" | "end"} which */
function choose(which) {
  moment = which;
  showTools();
  if (!shown) return;
  showPoints();
  showCharts();
}

function showTools() {
  const end = Boolean(shown?.after);
  element("sweep-at-end").hidden = !end;
  element("sweep-at-start").hidden = !end;
  element("sweep-at-start").setAttribute("aria-pressed", String(moment === "start"));
  element("sweep-at-end").setAttribute("aria-pressed", String(moment === "end"));
  element("sweep-back").hidden = before.length === 0;
  element("sweep-csv").hidden = !shown;
  const alone = element("sweep-second-axis").value === "none";
  element("sweep-second-values").closest(".number-box")?.toggleAttribute("hidden", alone);
  within(document, ".sweep-charts").hidden = !shown;
}

function showCharts() {
  if (!shown) return;
  const { start, end } = shown.figures;
  const figures = { ...(moment === "end" && end ? end : start), accuracy: end?.accuracy };
  for (const [name, figure] of Object.entries(figures)) {
    element(`sweep-${name}`).closest(".sweep-chart")?.toggleAttribute("hidden", !figure);
    if (figure) showFigure(`sweep-${name}`, figure);
  }
}

/** Open a point's experiment as if the controls had been set so; the one before is remembered. @param {number} point */
function openPoint(point) {
  if (!shown) return;
  before.push({ settings: state.accepted, view: viewOf(state.view), opened });
  const { speed } = state.accepted;
  openSettings({ ...settingsOf(shown, point), speed });
  lookAt(viewOf(shown.view));
  open(point);
  showTools();
  showPoints();
}

/** @param {SweepMessage} sweep @param {number} point @returns {Record<string, unknown>} */
const settingsOf = (sweep, point) => ({ ...sweep.settings, ...sweep.points[point].changes });

/** @param {number | null} point */
function open(point) {
  opened = point;
  arrived = false;
}

/** Its experiment is on screen no more once the settings have become others. */
function leavePoint() {
  if (!shown || opened === null) return;
  const its = settingsOf(shown, opened);
  const here = Object.keys(its).every((name) => name === "speed" || String(its[name]) === String(state.accepted[name]));
  if (here) arrived = true;
  else if (arrived) {
    open(null);
    showPoints();
  }
}

/** @param {View} view */
const viewOf = ({ layer, mode, window, unit = null }) => ({ layer, mode, window, unit });

function goBack() {
  const last = before.pop();
  if (!last) return;
  const { settings, view, opened: previous } = last;
  openSettings(settings);
  lookAt(view);
  open(previous);
  showTools();
  if (shown) showPoints();
}

/** @type {Record<string, Point>} */
const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Arrow keys move over the grid; Enter opens, as every button does. @param {On<KeyboardEvent>} event */
function moveByKey(event) {
  const step = STEPS[event.key];
  const point = Number(event.target.dataset?.point ?? -1);
  if (!shown || !step || point < 0) return;
  event.preventDefault();
  event.stopPropagation(); // here → moves on in the grid, it does not train a step
  const { columns, rows } = shown;
  const column = Math.min(Math.max((point % columns) + step[0], 0), columns - 1);
  const row = Math.min(Math.max(Math.floor(point / columns) + step[1], 0), rows - 1);
  const next = buttonOf(row * columns + column);
  buttonOf(point).tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

async function saveTable() {
  await downloadAnswer(await asked(`./export/sweep.csv?${queryOf({ session: state.session })}`));
}
