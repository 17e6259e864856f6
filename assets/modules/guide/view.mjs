// The guide's elements: the list of questions, and the steps of one. Texts come from the catalogue.
import { element as pageElement, text, words } from "../core/page.mjs";
import { number } from "../core/numbers.mjs";
import { make as element } from "../core/elements.mjs";
import { notedText } from "./handin-parts.mjs";
import { markOf } from "./progress.mjs";

/** What is typed and not sent: a value for each part, the reason (`why`), own `words`. @typedef {Record<string, string>} Draft */

const [RAISED, LOWERED, PLAIN] = ["⁻⁰¹²³⁴⁵⁶⁷⁸⁹", " ₀₁₂₃₄₅₆₇₈₉", "−0123456789"];
/** @type {Record<string, string>} */
const MARKS = { open: "○", predicted: "◐", explained: "●" };

/**
 * An element as `make` makes it; `said` is its text.
 * @template {keyof HTMLElementTagNameMap} Tag @param {Tag} tag @param {Props & { said?: string }} props
 * @param {...(Node | string | null)} children
 */
export function make(tag, { said, ...props } = {}, ...children) {
  const node = element(tag, props);
  if (said !== undefined) say(node, said);
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** @param {string} label @param {(event: On<MouseEvent, HTMLButtonElement>) => unknown} onclick @param {Props} props */
export const button = (label, onclick, props = {}) =>
  make("button", { type: "button", className: "toggle", textContent: label, onclick, ...props });

/**
 * All questions with their marks, in the order of the sheet.
 * @param {Question[]} questions
 * @param {{ open: (name: string) => void, exportAs: (kind: string) => void, openFile: (file: File) => void, remove: (event: On<MouseEvent, HTMLButtonElement>) => void }} does
 */
export function listView(questions, { open, exportAs, openFile, remove }) {
  const page = make("div", { className: "guide-list" },
    make("p", { textContent: text("sheet_intro") }), ours());
  for (const task of ["1", "2"]) {
    page.append(make("h2", { textContent: words(`sheet.task.${task}`) }));
    const list = make("ol", { className: "guide-items" });
    for (const { name } of questions.filter((q) => q.name.startsWith(task))) {
      const mark = markOf(name);
      list.append(make("li", {}, make("button",
        { type: "button", className: "guide-item", onclick: () => open(name), "data-question": name },
        make("span", { className: `guide-mark ${mark}`, textContent: MARKS[mark], title: text(`sheet_${mark}`), "aria-hidden": "true" }),
        make("span", { className: "guide-number", textContent: name }),
        make("span", { textContent: words(`sheet.${name}.title`) }),
        make("span", { className: "visually-hidden", textContent: `, ${text(`sheet_${mark}`)}` }))));
    }
    page.append(list);
  }
  const file = make("input", { type: "file", id: "sheet-file", accept: ".html,.htm,.md,text/html,text/markdown", hidden: true, "aria-label": text("sheet_open_file") });
  file.addEventListener("change", () => file.files?.length && openFile(file.files[0]));
  page.append(make("div", { className: "guide-foot" },
    button(text("sheet_export_html"), () => exportAs("html"), { id: "sheet-export-html", title: text("sheet_export_html_help") }),
    button(text("sheet_export"), () => exportAs("md"), { id: "sheet-export" }),
    button(text("sheet_open_file"), () => file.click(), { id: "sheet-open", title: text("sheet_open_file_help") }),
    file,
    button(text("sheet_delete"), remove, { id: "sheet-delete" })));
  return page;
}

const ours = () => make("p", { className: "guide-ours", textContent: text("sheet_ours") });

/**
 * ‹ all questions ›, and in a lecture the steps that Page Up and Page Down take.
 * @param {Record<"previous" | "next", (() => void) | null> & Record<"list" | "advance" | "back", () => void>} moves
 */
export function barView({ previous, list, next, advance, back }) {
  /** @type {(id: string, sign: string, label: string, move: (() => void) | null) => HTMLElement} */
  const step = (id, sign, label, move) => button(sign, move ?? (() => {}), {
    id, className: "icon-button guide-step", disabled: move === null, title: label, "aria-label": label });
  return make("nav", { className: "guide-bar", "aria-label": text("sheet_label") },
    step("question-previous", "‹", text("sheet_previous"), previous),
    button(text("lecture_back"), back, { id: "lecture-back", className: "toggle lecture-step" }),
    button(text("lecture_on"), advance, { id: "lecture-on", className: "primary lecture-step" }),
    button(text("sheet_all"), list, { id: "question-list", className: "link" }),
    step("question-next", "›", text("sheet_next"), next));
}

/** @param {string} name */
export const headView = (name) => [
  make("h2", { className: "guide-title", id: "guide-title", tabIndex: -1 },
    make("span", { className: "guide-number", textContent: name }), ` ${words(`sheet.${name}.title`)}`),
  make("p", { className: "guide-ask", said: words(`sheet.${name}.ask`) }),
];

/**
 * A step's section: its number and name, then what there is to do.
 * @param {number} number @param {string} step @param {...(Node | string | null)} children
 */
function stepView(number, step, ...children) {
  const id = `guide-${step}`;
  return make("section", { className: `guide-part guide-part-${step}`, id, "aria-labelledby": `${id}-title` },
    make("h3", { id: `${id}-title`, tabIndex: -1 },
      make("span", { className: "guide-count", textContent: String(number) }), text(`sheet_step_${step}`)),
    ...children);
}

/**
 * The form of step 1. `draft` holds what is typed, also while the page is drawn anew.
 * @param {Question} question @param {Draft} draft @param {() => string} predict
 */
export function predictView(question, draft, predict) {
  const problem = make("p", { className: "problem", role: "alert", id: "guide-problem" });
  const form = make("form", { noValidate: true, className: "guide-form" },
    ...question.parts.map((part) => partView(question.name, part, draft)),
    problem,
    make("button", { type: "submit", className: "primary", id: "predict", textContent: text("sheet_predict") }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    problem.textContent = predict() ?? "";
  });
  return stepView(1, "predict", form);
}

/** @param {string} name @param {Part} part @param {Draft} draft */
function partView(name, part, draft) {
  const label = words(`sheet.${name}.${part.name}`);
  if (!part.options) {
    const id = `guide-number-${part.name}`;
    const input = make("input", { id, type: "text", inputMode: "decimal", autocomplete: "off", className: "number-box", value: draft[part.name] ?? "" });
    input.addEventListener("input", () => (draft[part.name] = input.value));
    return make("div", { className: "guide-number-part" }, make("label", { htmlFor: id, textContent: label }), input);
  }
  const options = part.options.map((option) => /** @type {[string, string]} */ ([option, words(`sheet.${name}.${part.name}.${option}`)]));
  return choiceView(`guide-${part.name}`, label, options, draft[part.name], (option) => (draft[part.name] = option));
}

/**
 * Radio buttons, one a line.
 * @param {string} id @param {string} label @param {[option: string, said: string][]} options
 * @param {string | undefined} chosen @param {(option: string) => void} choose
 */
function choiceView(id, label, options, chosen, choose) {
  return make("fieldset", { className: "guide-choice", id },
    make("legend", { said: label }),
    ...options.map(([option, said]) => {
      const input = make("input", { type: "radio", name: id, value: option, checked: option === chosen });
      input.addEventListener("change", () => choose(option));
      return make("label", { className: "guide-option" }, input, make("span", { said }));
    }));
}

/** @param {Question} question @param {(each: Try) => void} tryOut @param {() => void} note */
export function doView(question, tryOut, note) {
  const tries = question.tries.map((each) =>
    button(words(`sheet.${question.name}.try.${each.name}`), () => tryOut(each), { "data-try": each.name }));
  return stepView(2, "do",
    make("p", { said: words(`sheet.${question.name}.do`) }),
    tries.length ? make("div", { className: "guide-tries" }, ...tries) : null,
    make("div", { className: "guide-noting" },
      button(text("sheet_note"), note, { id: "note-screen", className: "link", title: text("sheet_note_help") }),
      make("ul", { className: "guide-notes", id: "guide-notes" })),
    ours());
}

/**
 * What was noted, one line each, with a button that takes it back.
 * @param {Question} question @param {Observation[]} notes @param {string} language @param {(note: Observation) => void} forget
 */
export function notesView(question, notes, language, forget) {
  return notes.map((note) => make("li", {},
      make("span", { said: notedText(question, note, note.named?.[language] ?? note.link) }),
      make("button", { type: "button", className: "remove", textContent: "×", onclick: () => forget(note),
        title: text("sheet_note_remove"), "aria-label": text("sheet_note_remove") })));
}

/**
 * The prediction beside what is measured on the question's own experiment, which is named;
 * `tellCompared` and `tellNow` fill it in. Without a prediction only what is measured.
 * @param {Question} question @param {Kept["prediction"] | null} prediction @param {string} language
 */
export function compareView(question, prediction, language) {
  const parts = question.parts.map((part, k) => make("div", { className: "guide-compared" },
    question.parts.length > 1 || part.options
      ? make("p", { className: "guide-asked", said: words(`sheet.${question.name}.${part.name}`) }) : null,
    make("dl", {},
      ...(prediction ? [make("dt", { textContent: text("sheet_yours") }),
        make("dd", { className: "guide-yours", said: predictionText(question.name, part, prediction[k], language) })] : []),
      make("dt", { textContent: text("sheet_measured") }),
      make("dd", { className: "guide-seen", textContent: text("sheet_measuring") })),
    make("p", { className: "guide-comment", "aria-live": "polite", hidden: true })));
  return stepView(3, "compare", ...parts,
    make("p", { className: "guide-own-network", said: text("sheet_own", { named: question.named[language] }) }),
    make("div", { className: "guide-now", id: "guide-now", hidden: true }),
    make("p", { className: "guide-note", id: "guide-note", "aria-live": "polite" }));
}

/**
 * What is on screen now, where it is not the question's own experiment: measured, and not judged.
 * @param {SheetNow} now @param {string} language
 */
export function tellNow({ own, step, seen, named, measuring, of_settings: ofSettings }, language) {
  const host = pageElement("guide-now");
  host.hidden = own;
  if (own) return host.replaceChildren();
  const lines = !seen ? [text(measuring ? "sheet_now_measuring" : "sheet_now_unmeasured", { step })]
    : Object.entries(seen).map(([part, said]) =>
      text(ofSettings.includes(part) ? "sheet_now_settings" : "sheet_now", { step, seen: said[language] ?? said.en }));
  lines.push(text("sheet_now_named", { named: named[language] }));
  if (host.dataset.lines === lines.join("\n") && host.firstChild) return;
  host.dataset.lines = lines.join("\n");
  host.replaceChildren(...lines.map((said) => make("p", { said })));
}

/** @param {string} name @param {Part} part @param {string | number} value @param {string} language */
const predictionText = (name, part, value, language) =>
  part.options ? words(`sheet.${name}.${part.name}.${value}`) : number(Number(value), language, 6);

/**
 * Write what the server measured into the step's elements, touching what changes only.
 * @param {HTMLElement} section @param {SheetAnswer["parts"]} parts @param {string} language
 */
export function tellCompared(section, parts, language) {
  const rows = section.querySelectorAll(".guide-compared");
  parts.forEach(({ seen, right, comment }, k) => {
    const [value, said] = [".guide-seen", ".guide-comment"].map((name) => /** @type {HTMLElement} */ (rows[k].querySelector(name)));
    if (seen) say(value, seen[language] ?? seen.en);
    said.hidden = !comment;
    said.classList.toggle("right", right === true);
    say(said, comment);
  });
}


/**
 * Text with its raised and lowered digits as such: the font has not all of those characters.
 * @param {HTMLElement} node @param {string} said
 */
export function say(node, said) {
  if (node.dataset.said === said) return;
  node.dataset.said = said;
  node.replaceChildren(...said.split(/([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|[₀-₉]+)/).map((part, k) => {
    if (k % 2 === 0) return part;
    const lowered = part[0] >= "₀" && part[0] <= "₉";
    const signs = lowered ? LOWERED : RAISED;
    return make(lowered ? "sub" : "sup", { textContent: [...part].map((c) => PLAIN[signs.indexOf(c)]).join("") });
  }));
}

/** @param {Question} question @param {Kept} record @param {Draft} draft @param {() => void} save @param {boolean} keptBack */
export function explainView(question, record, draft, save, keptBack) {
  const options = question.explanations.map((e) => /** @type {[string, string]} */ ([e, words(`sheet.${question.name}.why.${e}`)]));
  const own = make("textarea", { id: "guide-own", rows: 2, maxLength: 600, value: draft.words ?? record.words ?? "" });
  own.addEventListener("input", () => (draft.words = own.value));
  if (record.why) draft.why ??= record.why;
  return stepView(4, "explain",
    choiceView("guide-why", text("sheet_why"), options, draft.why, (why) => (draft.why = why)),
    make("label", { htmlFor: "guide-own", className: "guide-own", textContent: text("sheet_own_words") }), own,
    button(text(keptBack ? "sheet_save" : "sheet_save_show"), save, { id: "explain", className: "primary" }),
    make("p", { className: "guide-saved", id: "guide-saved", role: "status" }));
}

export const answerView = () => stepView(5, "answer",
  make("p", { className: "guide-verdict", id: "guide-verdict" }), make("div", { className: "guide-answer", id: "guide-worked" }));
