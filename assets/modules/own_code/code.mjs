// The bridge to the user's own code: a file to take along, results to hand in.
import { copied } from "../core/clipboard.mjs";
import { downloadAnswer } from "../core/download.mjs";
import { named } from "../core/elements.mjs";
import { stateOf } from "../core/moment.mjs";
import { element, onLanguage, state, text, wording } from "../core/page.mjs";
import { handIn, refusal } from "../core/replies.mjs";
import { queryOf } from "../core/requests.mjs";
import { chosenPane } from "../picture/picture.mjs";

/** @typedef {{ names: string[], rows: { cells: string[], agrees: boolean }[] }} ComparedTable */
/**
 * What is said of a file: by the server, in both languages, or by the page.
 * @typedef {object} Reply
 * @property {string} [status]
 * @property {() => string} [say]
 * @property {boolean} [once]  whether it is in one language
 * @property {Said} [problem]
 * @property {Record<string, Compared>} [said]
 * @property {string[]} [pictures]
 */
/** @typedef {{ head: string, named: string[], several: string, choices?: string[], lines: string[], captions: string[], compared: string, tables?: ComparedTable[] }} Compared */
const LARGEST = 64 * 2 ** 20; // bytes: the server hangs up on more; it has a limit of its own
/** @type {Reply | null} */
let answer = null; // the newest, in all languages; its texts are shown in the page's

/** @template T @param {Record<string, T>} said */
const language = (said) => said[state.language];

export function watchCode() {
  const dialog = element("code-dialog");
  element("code").addEventListener("click", () => {
    if (!dialog.dataset.taken) nameFile(`cellscope-step-${element("step-count").dataset.value}.npz`);
    dialog.showModal();
  });
  element("code-close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener("keydown", (event) => event.stopPropagation()); // no key trains behind it
  element("code-download").addEventListener("click", download);
  for (const name of ["loader", "check"]) {
    element(`copy-${name}`).addEventListener("click", () => copy(name));
  }
  element("code-choose").append(fileInput());
  watchDrops(element("code-drop"));
  onLanguage(() => {
    if (answer?.once) answer = null; // in the language of before
    show();
  });
}

/** What is on screen, where that is an earlier step. */
function shownState() {
  const header = chosenPane().last?.header;
  return header && (header.recalled || header.version < 0) ? stateOf(header) : {};
}

/** The loader reads the file of this name. @param {string} name */
function nameFile(name) {
  const before = element("code-file").textContent;
  element("code-file").textContent = name;
  const code = element("code-loader");
  code.textContent = code.textContent.replace(before, name);
}

/** The file; from now on the server compares with what is in it. */
async function download() {
  const query = queryOf({ ...state.view, which: state.which, session: state.session, ...shownState() });
  const reply = await fetch(`./export/code?${query}`).catch(() => /** @type {null} */ (null));
  if (!reply?.ok) return tell(reply ? { say: await refusal(reply), once: true } : { say: () => text("code_lost") });
  nameFile(await downloadAnswer(reply));
  element("code-dialog").dataset.taken = "yes";
}

/** @param {string} name */
async function copy(name) {
  const button = element(`copy-${name}`);
  const done = await copied(element(`code-${name}`).textContent);
  if (!done) getSelection()?.selectAllChildren(element(`code-${name}`)); // for the user's own keys
  wording(button, { text: done ? "page.code_copied" : "page.code_selected" });
  setTimeout(() => wording(button, { text: "page.code_copy" }), 2500);
}

function fileInput() {
  const input = document.createElement("input");
  Object.assign(input, { type: "file", id: "code-upload", accept: ".npy,.csv" });
  input.className = "visually-hidden";
  input.addEventListener("change", () => {
    if (input.files?.length) send(input.files[0]);
    input.value = ""; // the same file again is a change, too
  });
  return input;
}

/** @param {HTMLElement} zone */
function watchDrops(zone) {
  const mark = (/** @type {boolean} */ on) => zone.classList.toggle("over", on);
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    mark(true);
  });
  zone.addEventListener("dragleave", () => mark(false));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    if (event.dataTransfer?.files.length) send(event.dataTransfer.files[0]);
  });
}

/** Hand a file in; the newest one counts. @param {File} file */
async function send(file) {
  const mine = tell({ say: () => text("code_comparing", { name: file.name }) });
  if (file.size > LARGEST) return tell({ say: () => text("code_huge", { name: file.name }) });
  const { layer, window } = state.view;
  const { session, theme, which } = state;
  const query = queryOf({ session, name: file.name, theme, which, layer, window, ...shownState() });
  const reply = await handIn(`./compare?${query}`, file, "code_lost");
  if (mine === answer) tell(reply);
}

/** @param {Reply} reply */
function tell(reply) {
  answer = reply;
  show();
  return reply;
}

/** The newest answer, in the page's language. */
function show() {
  const host = element("code-answer");
  host.dataset.status = answer?.status ?? "";
  if (!answer) return host.replaceChildren();
  if (!answer.said) {
    const said = answer.say?.() ?? (answer.problem ? language(answer.problem) : "");
    host.replaceChildren(named("p", said, answer.problem ? "problem" : ""));
    return;
  }
  const said = language(answer.said);
  /** @type {HTMLElement[]} */
  const parts = [named("p", said.head, "code-verdict")];
  parts.push(...said.named.map((line) => named("p", line, "code-named")));
  if (said.choices?.length) parts.push(named("p", said.several, "code-named"), list(said.choices));
  parts.push(...said.lines.map((line) => named("p", line)));
  if (answer.pictures) parts.push(pictures(answer.pictures, said.captions));
  parts.push(...(said.tables ?? []).map(table), named("p", said.compared, "aside"));
  host.replaceChildren(...parts);
}

/** @param {string[]} choices */
function list(choices) {
  const host = document.createElement("ul");
  host.append(...choices.map((choice) => named("li", choice)));
  return host;
}

/** @param {string[]} addresses @param {string[]} captions */
function pictures(addresses, captions) {
  const row = named("div", "", "code-pictures");
  addresses.forEach((src, k) => {
    const figure = document.createElement("figure");
    const image = Object.assign(document.createElement("img"), { src, alt: captions[k] });
    figure.append(image, named("figcaption", captions[k]));
    row.append(figure);
  });
  return row;
}

/** @param {ComparedTable} table */
function table({ names, rows }) {
  const host = named("table", "", "code-table");
  const head = document.createElement("tr");
  head.append(...names.map((name) => Object.assign(named("th", name), { scope: "col" })));
  host.append(head);
  for (const { cells, agrees } of rows) {
    const line = named("tr", "", agrees ? "" : "apart");
    line.append(...cells.map((cell) => named("td", cell)));
    host.append(line);
  }
  return host;
}
