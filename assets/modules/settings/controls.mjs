// Controls: sliders beside number boxes, one intent for all settings, problems where they arose.
import { touched as handMoved } from "../core/hand.mjs";
import { controls, element, field, onLanguage, readBox, setNumber, setProps, showNumber, state, tellDash, text, write } from "../core/page.mjs";
import { typed } from "../core/numbers.mjs";
import { on, reconnect, send } from "../core/socket.mjs";
import { onLostRequest } from "../core/requests.mjs";
import { writeLink } from "../core/link.mjs";
import { watchTyping } from "../core/typing.mjs";
import { toast } from "../core/toast.mjs";
import { showDataset, watchDatasets } from "./dataset.mjs";
import { heardLooks, lookAnew, showTask, showsUnit, tookView, watchLooks } from "./looks.mjs";
import { isNamed, showProblem, showProblems, watchProblems } from "./problems.mjs";
import { markDifferent } from "./sections.mjs";
import { moveSliders, watchSliders } from "./sliders.mjs";
import { chooseTab } from "../shell/tabs.mjs";
import { layerShown, look, showView } from "../core/view.mjs";

const COMPARE = { name: "compare", id: "compare", kind: "text", real: false }; // how the second network differs
const settings = [...controls.filter((c) => c.group !== "view" || c.name === "speed"), COMPARE];
const reals = settings.filter((control) => control.real); // whose boxes have a decimal sign
const boxes = /** @type {Plain} */ ({}); // what they hold, as typed
let unclear = /** @type {string[]} */ ([]); // the names of those that can be read in two ways
const derived = /** @type {Readouts} */ ({}); // readout -> what the server last said
const held = /** @type {Plain} */ ({}); // what each control held when it was last looked at
let inForce = ""; // the weight variance of a scheme, which its box shows; "": it is N(0, s)'s own
const refused = /** @type {Map<string, boolean>} */ (new Map()); // fields whose problem came with an intent; whether it touched them: their boxes keep what was typed
const page = String(Math.random()).slice(2); // the name under which the server hears this page
const AGAIN_MS = 4000; // an intent that nobody answers is sent once more
const REST_MS = 200; // a slider without a move
const MOST_TRIES = 5; // before the page goes back to what the server has
// What takes effect only along with another setting.
const BRINGS = Object.fromEntries(controls.flatMap(({ name, brings }) => (brings ? [[name, brings]] : [])));
let order = 0; // of the newest intent: counted, whatever the clock says
let opening = 0; // of the newest that opened a whole experiment
let revision = -1; // of the settings that are shown, as the server counts its changes
let underWay = /** @type {Record<string, { value: string, order: number }>} */ ({}); // what was touched and is not answered yet
let moved = /** @type {{ id: string, name: string, value: number, timer: number } | null} */ (null); // the slider that a hand moves and that is not settled
let waiting = 0;
let tries = 0; // of what is under way
let whole = /** @type {Whole | null} */ (null); // a whole experiment that is not answered yet
let unheard = /** @type {Whole | null} */ (null); // and that nobody heard

const same = (/** @type {unknown} */ a, /** @type {unknown} */ b) => String(a ?? "").trim() === String(b ?? "").trim() || Number(a) === Number(b);

/** A request that nobody heard, or that is not answered yet, is told: a press is lost, a setting waits. */
function watchRequests() {
  onLostRequest((about, failed) => {
    const setting = about === "intent";
    if (setting && failed) unheard = whole;
    const said = setting && (failed || !state.connected) ? "not_set" : failed ? "not_done" : "late";
    toast(SAID[said]);
  });
}

const SAID = { not_set: () => text("not_set"), not_done: () => text("not_done"), late: () => text("late") };

/** The number in a box that is typed into. @param {string} id */
const boxOf = (id) => readBox(id, field(id).value);

export function watchControls() {
  watchProblems();
  watchLooks();
  watchDatasets({ asked, ask });
  watchRequests();
  watchSliders({ dragged, takeVariance });
  watchTyping((id, value) => tellDash(id, { value }));
  document.addEventListener("input", ({ target }) => target.id === moved?.id && settle());
  on("settings", toldSettings);
  on("problem", (message) => showProblems([message], [message.field]));
  on("looking", (message) => {
    if (!tookView(message)) return;
    showReadouts(message.readouts);
    writeLink();
  });
  onLanguage(tidyBoxes);
  element("weight-variance").addEventListener("keydown", ({ key }) => key === "Enter" && takeVariance(boxOf("weight-variance")));
  for (const name of Object.keys(BRINGS)) {
    if (name === "weight_variance") continue; // its box shows what the scheme gives
    const id = name.replaceAll("_", "-");
    element(id).addEventListener("keydown", ({ key }) => key === "Enter" && bringBack(name, boxOf(id)));
  }
  window.cellscopeCallbacks = { gather, view: viewChanged, outcome };
}

const followers = /** @type {(() => void)[]} */ ([]); // who shows settings elsewhere
const presets = /** @type {((name: string) => void)[]} */ ([]); // who opens what belongs to a preset

/** Have a function called whenever the settings have been shown. @param {() => void} handler */
export const onSettings = (handler) => followers.push(handler);

/** Have a function called with the name of a preset that was chosen from the menu. @param {(name: string) => void} handler */
export const onPreset = (handler) => presets.push(handler);

/** The variance that a scheme gives, entered as s: nothing changes in the box, but N(0, s) is meant. @param {string | null} value */
function takeVariance(value) {
  if (!inForce || !same(value, inForce)) return false;
  held.weight_variance = inForce; // it is no longer what the scheme has it show
  const settings = { ...state.accepted, init: "normal", weight_variance: inForce };
  inForce = "";
  openSettings(settings);
  return true;
}

/** What a box has held all along, while another setting kept it out of use, is meant now. @param {string} name @param {string | null} value */
function bringBack(name, value) {
  const [by, needed] = BRINGS[name];
  if (String(state.accepted[by] ?? "") === needed || !same(value, state.accepted[name])) return;
  openSettings({ ...state.accepted, [by]: needed });
}

/** Called by Dash with every setting's value whenever one changed. @param {...any} values */
function gather(...values) {
  const raw = Object.fromEntries(settings.map((control, k) => [control.name, plainOf(control, values[k])]));
  raw.preset = values[settings.length];
  unclear = reals.filter((control) => !readReal(control, raw)).map((control) => control.name);
  moveSliders(raw);
  showDataset(raw.dataset);
  const triggered = window.dash_clientside.callback_context.triggered.map(({ prop_id }) => prop_id.split(".")[0].replaceAll("-", "_"));
  // Dash may tell of several at once: a slider that rests, and what was chosen just then.
  const changed = triggered.find((name) => name !== "preset") ?? "";
  if (!state.session) return null;
  const chosen = triggered.includes("preset") && raw.preset !== "none" && raw.preset !== state.preset; // not only shown
  if (chosen) chosePreset(raw.preset);
  const { preset, ...plain } = raw;
  const touched = settings.filter((c) => !same(plain[c.name], held[c.name]));
  Object.assign(held, plain);
  if (chosen) return opens("preset", { preset });
  const asBefore = touched.every((c) => same(plain[c.name], meant(c.name)));
  if (asBefore && !Object.keys(underWay).length) {
    for (const { name } of touched) {
      refused.delete(name);
      showProblem(name); // what a link got wrong stays named
    }
    return null;
  }
  if (!touched.length) return null;
  order += 1;
  const names = touched.map((c) => c.name);
  for (const name of names) touch(name, plain[name], order, names);
  return intent(changed);
}

/** What a control shows as long as nobody touches it: of s what the scheme gives, whatever N(0, s) would have. @param {string} name @returns {string | number} */
const meant = (name) => (name === "weight_variance" && inForce) || (state.accepted[name] ?? "");

/** Of which any may be chosen, as links write it. @param {{ kind: string }} control @param {any} value @returns {string} */
const plainOf = ({ kind }, value) => (kind === "checks" ? (value ?? []).join(",") || "none" : value);
const listOf = (/** @type {string} */ written) => written.split(",").filter((one) => one && one !== "none");

/** What the page has asked for, accepted or not: what a press counts on from. @param {string} name @returns {string | number} */
export const asked = (name) => underWay[name]?.value ?? state.accepted[name] ?? "";

/** Ask for a setting as if it had been entered; it is under way at once, before Dash has heard. @param {string} name @param {string} value */
export function ask(name, value) {
  if (!same(value, held[name])) touch(name, value, (order += 1));
  else if (!same(value, underWay[name]?.value)) delete underWay[name]; // taken back before it was sent
  setProps(name.replaceAll("_", "-"), { value });
}

/** A slider moves: its setting goes ahead; Dash, which takes the time of two pictures, hears once it rests. @param {string} id @param {number} value */
function dragged(id, value) {
  if (!state.session) return setNumber(id, value);
  const name = id.replaceAll("-", "_");
  touch(name, String(value), (order += 1));
  send({ type: "drag", page, order, name, value: String(value) });
  handMoved();
  showNumber(id, value);
  if (moved && moved.name !== name) settle();
  clearTimeout(moved?.timer);
  moved = { id, name, value, timer: setTimeout(settle, REST_MS) };
}

/** The slider rests: what it was moved to is settled, as if it had been typed. */
function settle() {
  if (!moved) return;
  const { name } = moved;
  letGo();
  touch(name, held[name], (order += 1));
  setProps("intent", { data: intent(name) });
}

/** Dash has the number, too, that a slider was moved to. */
function letGo() {
  if (!moved) return;
  const { id, name, value, timer } = moved;
  clearTimeout(timer);
  moved = null;
  held[name] = String(value);
  setNumber(id, value);
}

/** It is under way, with what takes effect along with it. @param {string} name @param {string} value @param {number} order @param {string[]} others */
function touch(name, value, order, others = []) {
  underWay[name] = { value, order };
  const [along, brought] = BRINGS[name] ?? [];
  if (along && !others.includes(along)) underWay[along] = { value: brought, order };
}

/** What is sent: only what was touched, so that no page takes back what another one has set. @param {string} changed */
function intent(changed) {
  clearTimeout(waiting);
  waiting = setTimeout(sendAgain, AGAIN_MS, changed);
  const plain = Object.fromEntries(Object.entries(underWay).map(([name, { value }]) => [name, value]));
  return { session: state.session, lang: state.language, page, order, changed, unclear, settings: plain };
}

/** A whole experiment: what was under way has no meaning any more. @param {string} changed @param {object} plain */
function opens(changed, plain) {
  clearTimeout(waiting);
  letGo();
  opening = order += 1;
  underWay = {};
  refused.clear();
  whole = { session: state.session, lang: state.language, page, order, changed, settings: plain };
  return whole;
}

/** Nobody answered, or the line was cut: what was touched is not lost. */
function sendAgain(changed = "") {
  if (!state.connected) return; // its welcome does
  if (unheard) setProps("intent", { data: opens(unheard.changed, unheard.settings) });
  unheard = null;
  if (!Object.keys(underWay).length) return;
  if (tries++ >= MOST_TRIES) return giveUp();
  order += 1;
  for (const entry of Object.values(underWay)) entry.order = order;
  setProps("intent", { data: intent(changed) });
}

/** It does not come to be: the page shows what the server has. */
function giveUp() {
  tries = 0;
  letGo();
  underWay = {};
  acceptSettings(state.accepted);
  writeLink();
  toast(() => text("given_up"));
}

/** The server's welcome: its settings, but for what it has not heard yet. @param {Welcome} message */
export function welcomeSettings(message) {
  revision = message.revision;
  refused.clear();
  state.mark = message.mark;
  acceptSettings(message.settings, message.view);
  tries = 0;
  sendAgain();
}

/** The settings as the server has them now, by whomever they were changed. @param {Accepted} message */
function toldSettings(message) {
  take(message.settings, message);
  showReadouts(message.readouts);
  writeLink();
}

/** @param {Settings} values @param {{ revision: number, mark: string }} newer */
function take(values, newer) {
  if (newer.revision < revision) return acceptSettings(state.accepted); // overtaken: the newer ones are shown
  revision = newer.revision;
  state.mark = newer.mark;
  const comes = state.pictured !== state.mark; // the frame of these settings, which says more
  if (comes && !sameRun(values)) state.step = 0;
  else if (comes && state.step && changed(values, LIVE)) state.reproducible = false;
  acceptSettings(values);
}

/** What an intent touched is answered: its problems, and none where there are none any more. @param {Outcome} answer */
function settled(answer) {
  const names = Object.keys(underWay).filter((name) => underWay[name].order <= (answer.order ?? -1));
  for (const name of names) delete underWay[name];
  if (!Object.keys(underWay).length) clearTimeout(waiting);
  tries = 0;
  if (answer.order === opening) whole = null;
  const mended = [...refused.keys()].filter((name) => answer.accepted && same(held[name], answer.accepted[name]));
  const fields = answer.order === opening ? settings.map((c) => c.name) : [...names, ...mended];
  for (const field of fields) refused.delete(field);
  for (const { field } of answer.problems) refused.set(field.split(":")[0], names.includes(field.split(":")[0]));
  showProblems(answer.problems, fields);
}

/** Write a number with a point, as it is kept and sent; false where it can be read in two ways. @param {{ id: string, name: string }} control @param {Plain} raw */
function readReal({ id, name }, raw) {
  boxes[name] = raw[name];
  const read = readBox(id, raw[name]);
  raw[name] = read ?? raw[name];
  return read !== null;
}

/** Show what was accepted with the language's own sign: it may have been typed with the other. */
function tidyBoxes() {
  for (const { id, name } of reals) {
    const read = readBox(id, boxes[name] ?? "");
    if (read !== null && same(read, meant(name)) && boxes[name] !== typed(read, state.language)) setNumber(id, read);
  }
}

/** Ask for all settings at once, as if every control had been set: another experiment is opened. @param {object} plain */
export function openSettings(plain) {
  setProps("intent", { data: opens("opened", plain) });
}

/** Chosen from the menu: its experiment comes at once, and the question with it. @param {string} name */
function chosePreset(name) {
  state.preset = name;
  setTimeout(() => presets.forEach((told) => told(name))); // once the intent is on its way
}

/** Open a preset's experiment, as the menu does. @param {string} name */
export function openPreset(name) {
  setProps("intent", { data: opens("preset", { preset: name }) });
}

/** Called by Dash when layer, mode or the side of the activation changed. @param {string} layer @param {string} mode @param {string} side @returns {null} */
function viewChanged(layer, mode, side) {
  heardLooks(layer, mode);
  const other = !same(layer, layerShown()), another = other || mode !== state.view.mode;
  if (!another && side === state.side) return null;
  state.side = side;
  Object.assign(state.view, { mode }, other && { layer }, another && { unit: null }); // what was asked for comes in the unit's place
  showsUnit();
  look();
  return null;
}

/** Called by Dash with the server's answer to an intent. @param {Outcome | null} answer @returns {null} */
function outcome(answer) {
  if (!answer || answer.late) return null;
  if (answer.lost) {
    unheard = whole;
    reconnect(); // the welcome says what became of it
    return null;
  }
  if (answer.order !== undefined) settled(answer);
  if (answer.lang && answer.lang !== state.language) look(); // it was under way while the language changed
  else showReadouts(answer.readouts ?? {});
  if (answer.accepted) take(answer.accepted, answer);
  if (answer.order !== undefined && answer.order < order) return null; // a newer one is under way
  if (answer.view) lookAnew(answer.view);
  if (answer.tab) chooseTab(answer.tab);
  writeLink();
  return null;
}

const LIVE = ["learning_rate", "batch_size", "momentum", "l1", "l2"]; // they change a run on its way
const changed = (/** @type {Settings} */ values, /** @type {string[]} */ names) => names.some((name) => !same(values[name], state.accepted[name]));

/** Whether these settings are those of the run on screen, but for its speed and what changes it on its way. @param {Settings} values */
const sameRun = (values) => !changed(values, Object.keys({ ...values, ...state.accepted }).filter((name) => name !== "speed" && !LIVE.includes(name)));

/** Put the server's settings (and view) into the controls. @param {Settings} values @param {View} [view] */
function acceptSettings(values, view) {
  state.accepted = values;
  for (const control of settings) {
    const value = values[control.name];
    if (control.name in underWay || refused.get(control.name)) continue; // what was typed stays
    const chosen = control.kind === "select" || control.kind === "segments";
    const before = held[control.name];
    held[control.name] = chosen ? String(value) : shown(meant(control.name));
    if (before === held[control.name] && !control.real) continue; // Dash takes long for each
    if (control.real) setNumber(control.id, held[control.name]);
    else setProps(control.id, { value: control.kind === "checks" ? listOf(held[control.name]) : held[control.name] });
  }
  showDataset(values.dataset);
  showTask(values.task);
  for (const told of followers) told();
  markDifferent();
  if (view) showView();
}

function shown(/** @type {string | number} */ value) {
  return typeof value === "number" ? String(Number(value.toPrecision(12))) : String(value);
}

export function showReadouts(/** @type {Readouts} */ readouts) {
  Object.assign(derived, readouts);
  for (const [id, value] of Object.entries(readouts)) write(id, state.covered && isReadout(id) ? "" : value);
  const now = readouts["weight-variance-in-force"];
  if (now === undefined || now === inForce) return;
  inForce = now;
  if (isNamed("weight_variance")) return; // what was typed is not lost
  held.weight_variance = shown(meant("weight_variance"));
  setNumber("weight-variance", held.weight_variance);
}

const isReadout = (/** @type {string} */ id) => id.endsWith("-readout"); // what a setting means for this network

/** Say nothing that follows from the settings, or say it again. */
export const sayReadouts = () => showReadouts(derived);
