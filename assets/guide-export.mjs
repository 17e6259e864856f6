// The hand-in: one Markdown file with own predictions, numbers, explanations and pictures.
import { element, state, text, words } from "./page.mjs";
import { chartOf, shownChart } from "./charts.mjs";
import { composed } from "./composed.mjs";
import { predictionText } from "./guide-view.mjs";
import { rastered } from "./svg.mjs";
import { recordOf } from "./guide-progress.mjs";

const WIDE = { picture: 560, chart: 560 }; // px: a browser keeps about 5 MB for all questions

/** The picture and the chart on screen, each with its axes, key and caption, as data addresses. */
export async function takePictures() {
  const chart = shownChart();
  const drawn = { picture: await composed(), ...(chart ? { chart: await chartOf(chart) } : {}) };
  const pictures = {};
  for (const [kind, { svg, width }] of Object.entries(drawn)) {
    pictures[kind] = (await rastered(svg, WIDE[kind] / width)).toDataURL("image/png");
  }
  return pictures;
}

/** Save the file. */
export function exportProgress(questions) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([markdown(questions)], { type: "text/markdown" }));
  link.download = text("sheet_file");
  link.click();
  URL.revokeObjectURL(link.href);
}

export function markdown(questions) {
  const lines = [`# ${text("sheet_file_title")}`, "", `${text("sheet_file_name")} `, "", text("sheet_ours"), ""];
  for (const task of ["1", "2"]) {
    lines.push(`## ${words(`sheet.task.${task}`)}`, "");
    questions.filter((q) => q.name.startsWith(task)).forEach((question) => lines.push(...answered(question)));
  }
  return lines.join("\n");
}

function answered(question) {
  const { name } = question;
  const record = recordOf(name);
  const lines = [`### ${name} ${words(`sheet.${name}.title`)}`, "", words(`sheet.${name}.ask`), ""];
  if (!record?.prediction) return [...lines, text("sheet_file_open"), ""];
  question.parts.forEach((part, k) => {
    const seen = record.own?.seen?.[part.name];
    lines.push(`- ${words(`sheet.${name}.${part.name}`)}`,
      `  - ${text("sheet_yours")}: ${predictionText(name, part, record.prediction[k], state.language)}`,
      `  - ${text("sheet_measured")}: ${escape(seen?.[state.language] ?? seen?.en ?? "–")}`);
  });
  const why = record.why ? [words(`sheet.${name}.why.${record.why}`)] : [];
  if (record.words) why.push(escape(record.words.replace(/\s+/g, " ")));
  lines.push("", `${text("sheet_file_explanation")}: ${why.join(" ") || "–"}`, "");
  if (record.own) lines.push(`${text("sheet_file_experiment")}: <${record.own.link}>`, "");
  for (const kind of ["picture", "chart"]) {
    const address = record.pictures?.[kind];
    if (address) lines.push(`![${text(`sheet_file_${kind}`)} ${name}](${address})`, "");
  }
  return lines;
}

/** Own words stay words: what Markdown would read as marks is escaped. */
const escape = (said) => said.replace(/([\\`*_[\]<>#|])/g, "\\$1");
