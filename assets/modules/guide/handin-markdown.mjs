// The hand-in as Markdown; formulas as TeX between dollar signs.
import { asComment } from "./handin-file.mjs";
import { compared, experiment, heading, isBegun, notes, reasons, shownPictures } from "./handin-parts.mjs";
import { text, words } from "../core/page.mjs";

/** @param {Question[]} questions @param {Record<string, Kept>} records @param {Record<string, string>} answers */
export function markdownOf(questions, records, answers) {
  const { title, name, ours, day } = heading();
  const lines = [`# ${title}`, "", `${name} `, "", `${ours} ${day}`, ""];
  for (const task of ["1", "2"]) {
    lines.push(`## ${words(`sheet.task.${task}`)}`, "");
    for (const question of questions.filter((q) => q.name.startsWith(task))) {
      lines.push(...answered(question, records[question.name], answers[question.name]));
    }
  }
  const kept = Object.fromEntries(questions.filter((q) => records[q.name]).map((q) => [q.name, records[q.name]]));
  return [...lines, asComment(kept), ""].join("\n");
}

/** @param {Question} question @param {Kept | undefined} record @param {string | undefined} answer */
function answered(question, record, answer) {
  const { name } = question;
  const lines = [`### ${name} ${words(`sheet.${name}.title`)}`, "", words(`sheet.${name}.ask`), ""];
  if (!record || !isBegun(record)) return [...lines, text("sheet_file_open"), ""];
  for (const { asked, predicted, measured } of compared(question, record)) {
    lines.push(`- ${asked}`, `  - ${text("sheet_yours")}: ${escape(predicted)}`, `  - ${text("sheet_measured")}: ${escape(measured)}`);
  }
  lines.push("");
  if (record.own) lines.push(...placed(experiment(record.own)));
  lines.push(...images(name, record));
  const { why, own } = reasons(question, record);
  if (record.prediction) lines.push(`${text("sheet_file_explanation")}: ${[why, escape(own)].filter(Boolean).join(" ") || "–"}`, "");
  if (answer) lines.push(`**${text("sheet_step_answer")}**`, "", inDollars(answer), "");
  const noted = notes(question, record);
  if (noted.length) lines.push(`**${text("sheet_file_notes")}**`, "");
  noted.forEach(({ said, experiment: where }, k) => {
    lines.push(escape(said), "", ...placed(where), ...images(name, record.observations?.[k] ?? {}));
  });
  return lines;
}

/** @param {{ named: string, link: string, label: string }} experiment */
const placed = ({ named, link, label }) => [`${text("sheet_file_experiment")}: ${escape(named)}${named ? ". " : ""}${label}: <${link}>`, ""];

/** @param {string} name @param {{ pictures?: Pictures }} shown */
const images = (name, shown) => shownPictures(shown).flatMap(({ address, said }) => [`![${said} ${name}](${address})`, ""]);

/** TeX as most readers of Markdown know it. @param {string} said */
const inDollars = (said) => said.replace(/\n?\\\[|\\\]\n?/g, (sign) => (sign.includes("[") ? "\n\n$$" : "$$\n\n")).replace(/\\[()]/g, "$");

/** Own words stay words: what Markdown would read as marks is escaped, and lines do not break. @param {string} said */
const escape = (said) => said.replace(/\s+/g, " ").replace(/([\\`*_[\]<>#|~&$!])/g, "\\$1").replace(/^([-+]|\d+[.)])(?= )/, "\\$1");
