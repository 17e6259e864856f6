// Data of one's own by a formula or a file: the form below the thumbnails of the data sets.
import { isOne, onFiles, taken } from "../core/dropped.mjs";
import { make } from "../core/elements.mjs";
import { element, onLanguage, state, text, wording, write } from "../core/page.mjs";
import { onSettings } from "../settings/controls.mjs";
import { toast } from "../core/toast.mjs";
import { openFiles } from "../own_network/open.mjs";
import { ownPoints, saidOf, sendOwn } from "./send.mjs";

const TABLE = /\.(csv|tsv|txt|dat)$/i;
const SAVED = /\.zip$/i; // an experiment, whose points come with it
/** @typedef {{ reply: import("./send.mjs").OwnReply }} Answer */
/** @type {Answer} */
let answer = { reply: {} }; // the newest, for another language
let settling = 0; // after other settings, until the points are asked for
const SETTLED_MS = 150;

export function watchOwnData() {
  const form = element("own-form");
  form.append(formulaRow(), fileRow(), line("own-problem", "problem"), line("own-note", "readout"));
  element("own-problem").setAttribute("role", "alert");
  element("own-data").addEventListener("click", () => open(Boolean(form.hidden)));
  onSettings(showOwn);
  onLanguage(say);
  // Beside a network from a file they are points of its inputs.
  onFiles((files) => !state.opened && isOne(files, TABLE), takeDropped);
}

/** @param {boolean} shown */
function open(shown) {
  element("own-form").hidden = !shown;
  element("own-data").setAttribute("aria-expanded", String(shown));
  if (shown) showScale();
}

/** A table that was dropped: the form may be folded away, so what is said of it is a message. @param {File[]} files */
async function takeDropped([file]) {
  toast(() => text("opening", { name: file.name }));
  const reply = await sendOwn("file", file, file.name);
  if (!reply.say && !reply.problem) taken();
  toast(saidOf(reply) ? () => saidOf(reply) : "");
  showScale();
}

async function showScale() {
  const own = state.accepted.dataset === "own" ? await ownPoints() : null;
  element("own-standardise").checked = Boolean(own?.standardise);
}

/** @template {keyof HTMLElementTagNameMap} Tag @param {Tag} tag @param {Props} properties */
function made(tag, properties, ids = {}) {
  const node = make(tag, properties);
  wording(node, ids);
  return node;
}

/** @param {string} id @param {string} className */
const line = (id, className) => made("div", { id, className });

function formulaRow() {
  const row = made("div", { className: "own-row" });
  const box = made("input", { id: "own-formula", type: "text", className: "number-box", autocomplete: "off", maxLength: 200 },
    { label: "page.own_formula", title: "page.own_formula" });
  box.placeholder = "x*y > 0";
  const button = made("button", { id: "own-formula-take", className: "toggle" }, { text: "page.own_formula_take" });
  const take = () => tell(sendOwn("formula", box.value));
  button.addEventListener("click", take);
  box.addEventListener("keydown", (event) => event.key === "Enter" && take());
  row.append(box, button);
  return row;
}

function fileRow() {
  const row = made("div", { className: "own-row" });
  const input = made("input", { id: "own-file-input", type: "file", hidden: true, accept: ".csv,.tsv,.txt,.dat,.zip" });
  input.addEventListener("change", () => {
    const [file] = input.files ?? [];
    if (file && isOne([file], SAVED)) openFiles([file]);
    else if (file) tell(sendOwn("file", file, file.name));
    input.value = ""; // the same file again is a change, too
  });
  const button = made("button", { id: "own-file", className: "toggle" }, { text: "page.own_file", title: "page.own_file_help" });
  button.addEventListener("click", () => input.click());
  const label = made("label", { className: "own-scale" });
  const box = made("input", { id: "own-standardise", type: "checkbox" });
  box.addEventListener("change", () => tell(sendOwn(box.checked ? "standardise" : "raw")));
  label.append(box, made("span", {}, { text: "page.own_standardise" }));
  row.append(button, input, label);
  return row;
}

/** What the server says of what was sent; the settings come by themselves. @param {Promise<import("./send.mjs").OwnReply>} asked */
async function tell(asked) {
  const mine = answer = /** @type {Answer} */ ({ reply: {} });
  say();
  mine.reply = await asked;
  if (mine === answer) say();
  showScale();
}

function say() {
  const { reply } = answer;
  const wrong = reply.say || reply.problem;
  write("own-problem", wrong ? saidOf(reply) : "");
  write("own-note", wrong ? "" : saidOf(reply));
}

/** Which buttons are pressed; other settings may have come with points of another scale: by undo, from another page. */
function showOwn() {
  const own = state.accepted.dataset === "own";
  element("own-data").setAttribute("aria-pressed", String(own));
  element("own-standardise").disabled = !own;
  clearTimeout(settling);
  if (!element("own-form").hidden) settling = setTimeout(showScale, SETTLED_MS);
}
