// The hand-in as one HTML file: its own style, no script, nothing from elsewhere; A4 when printed.
import { withMathMl } from "../core/formulas.mjs";
import { asScript } from "./handin-file.mjs";
import { compared, experiment, heading, isBegun, notes, reasons, shownPictures } from "./handin-parts.mjs";
import { state, text, words } from "../core/page.mjs";
import { escaped } from "../core/svg.mjs";

const STYLE = `
@page { size: A4; margin: 18mm 17mm 20mm; }
* { box-sizing: border-box; }
body { max-width: 176mm; margin: 2rem auto; padding: 0 1rem; color: #14171D; background: #FFF; font: 11pt/1.45 Inter, system-ui, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 17pt; margin: 0 0 .4em; } h2 { font-size: 14pt; margin: 1.6em 0 .4em; border-bottom: 1px solid #C3C9D3; padding-bottom: .15em; }
h3 { font-size: 12pt; margin: 1.4em 0 .2em; } h4 { font-size: 11pt; margin: .8em 0 .2em; } p { margin: .3em 0; }
h2, h3, h4 { break-after: avoid; } p, li, dl { orphans: 3; widows: 3; }
.name { display: flex; align-items: flex-end; gap: .6em; margin: 1.2em 0; font-weight: 600; } .name span { flex: 1; max-width: 95mm; border-bottom: 1px solid #14171D; height: 1.6em; }
.aside, figcaption { color: #454D5A; font-size: 9.5pt; }
table { width: 100%; border-collapse: collapse; margin: .5em 0; break-inside: avoid; } th, td { text-align: left; vertical-align: top; padding: .25em .8em .25em 0; border-top: 1px solid #DADEE5; width: 33%; }
th { font-weight: 600; color: #454D5A; font-size: 9.5pt; border: 0; } td { overflow-wrap: anywhere; }
.pictures { display: flex; gap: 4mm; align-items: flex-start; margin: .5em 0; break-inside: avoid; } figure { margin: 0; flex: 1; max-width: 108mm; } figure:first-child:not(:last-child) { flex: 1.55; } img { width: 100%; height: auto; display: block; border: 1px solid #DADEE5; }
.own { white-space: pre-wrap; overflow-wrap: anywhere; } .answer { border-left: 2.5pt solid #C3C9D3; padding-left: .8em; white-space: pre-line; overflow-x: auto; }
math[display="block"] { margin: .4em 0; break-inside: avoid; } ol.notes { padding-left: 1.4em; } ol.notes > li { margin: .5em 0; } a { color: #4338CA; }
@media print { body { margin: 0; padding: 0; max-width: none; } a { color: inherit; } }
@media (max-width: 600px) { .pictures { flex-direction: column; } }
`;

/**
 * The whole file. Its policy lets a browser load nothing and run nothing.
 * @param {Question[]} questions @param {Record<string, Kept>} records @param {Record<string, string>} answers
 */
export async function htmlOf(questions, records, answers) {
  const { title, name, ours, day } = heading();
  const body = [`<h1>${escaped(title)}</h1>`, `<p class="name">${escaped(name)}<span></span></p>`, `<p class="aside">${escaped(ours)}<br>${escaped(day)}</p>`];
  for (const task of ["1", "2"]) {
    body.push(`<h2>${escaped(words(`sheet.task.${task}`))}</h2>`);
    for (const question of questions.filter((q) => q.name.startsWith(task))) {
      body.push(await answered(question, records[question.name], answers[question.name]));
    }
  }
  const kept = Object.fromEntries(questions.filter((q) => records[q.name]).map((q) => [q.name, records[q.name]]));
  return `<!DOCTYPE html>
<html lang="${state.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body.join("\n")}
${asScript(kept)}
</body>
</html>
`;
}

/** @param {Question} question @param {Kept | undefined} record @param {string | undefined} answer */
async function answered(question, record, answer) {
  const { name } = question;
  const parts = [`<h3>${name} ${escaped(words(`sheet.${name}.title`))}</h3>`, `<p>${escaped(words(`sheet.${name}.ask`))}</p>`];
  if (!record || !isBegun(record)) return section([...parts, `<p class="aside">${escaped(text("sheet_file_open"))}</p>`]);
  const rows = compared(question, record).map(({ asked, predicted, measured }) =>
    `<tr><td>${escaped(asked)}</td><td>${escaped(predicted)}</td><td>${escaped(measured)}</td></tr>`);
  parts.push(`<table><thead><tr><th></th><th>${escaped(text("sheet_yours"))}</th><th>${escaped(text("sheet_measured"))}</th></tr></thead><tbody>${rows.join("")}</tbody></table>`);
  if (record.own) parts.push(placed(experiment(record.own)));
  parts.push(images(name, record));
  const { why, own } = reasons(question, record);
  if (record.prediction) parts.push(`<h4>${escaped(text("sheet_file_explanation"))}</h4>`, why ? `<p>${escaped(why)}</p>` : "", own ? `<p class="own">${escaped(own)}</p>` : "", why || own ? "" : "<p>–</p>");
  if (answer) parts.push(`<h4>${escaped(text("sheet_step_answer"))}</h4>`, `<div class="answer">${await withMathMl(answer)}</div>`);
  const noted = notes(question, record).map(({ said: seen, experiment: where }, k) =>
    `<li><p>${escaped(seen)}</p>${placed(where)}${images(name, record.observations?.[k] ?? {})}</li>`);
  if (noted.length) parts.push(`<h4>${escaped(text("sheet_file_notes"))}</h4><ol class="notes">${noted.join("")}</ol>`);
  return section(parts);
}

/** @param {string[]} parts */
const section = (parts) => `<section>${parts.filter(Boolean).join("\n")}</section>`;

/** @param {{ named: string, link: string, label: string }} experiment */
const placed = ({ named, link, label }) => `<p class="aside">${escaped(named)}${named ? ". " : ""}<a href="${escaped(link)}">${escaped(label)}</a></p>`;

/** @param {string} name @param {{ pictures?: Pictures }} shown */
function images(name, shown) {
  const figures = shownPictures(shown).map(({ address, said: kind }) =>
    `<figure><img class="kept" alt="${escaped(`${kind} ${name}`)}" src="${escaped(address)}"></figure>`);
  return figures.length ? `<div class="pictures">${figures.join("")}</div>` : "";
}
