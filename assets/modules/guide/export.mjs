// The hand-in: own predictions, numbers, explanations and pictures, as Markdown and as one HTML file
// that prints. Both carry their records, so that they can be opened again (handin-file.mjs).
import { chartOf, shownChart } from "../shell/charts.mjs";
import { composed } from "../picture/composed.mjs";
import { markdownOf } from "./handin-markdown.mjs";
import { htmlOf } from "./handin-html.mjs";
import { MOST_MB, NotOurs, mergedRecords, recordsOf } from "./handin-file.mjs";
import { everyRecord, keepAll } from "./progress.mjs";
import { data, state, text } from "../core/page.mjs";
import { download } from "../core/download.mjs";
import { rastered } from "../core/svg.mjs";
import { toast } from "../core/toast.mjs";

const WIDE = 640; // px
const QUALITY = 0.82; // of WebP: as PNG a picture takes ten times as much of the 5 MB that a browser keeps
/** @type {Record<string, [typeof htmlOf | typeof markdownOf, string]>} */
const KINDS = { md: [markdownOf, "text/markdown"], html: [htmlOf, "text/html"] };

/** The picture and the chart on screen, each with its axes, key and caption, as data addresses. @returns {Promise<Pictures>} */
export async function takePictures() {
  const chart = shownChart();
  const [picture, beside] = await Promise.all([composed(), chart ? chartOf(chart) : null]); // both of now
  const drawn = { picture, ...(beside ? { chart: beside } : {}) };
  const pictures = /** @type {Record<string, string>} */ ({});
  for (const [kind, { svg, width }] of Object.entries(drawn)) {
    pictures[kind] = (await rastered(svg, WIDE / width)).toDataURL("image/webp", QUALITY);
  }
  return pictures;
}

/** Save the hand-in as "md" or "html". @param {Question[]} questions @param {string} kind */
export async function exportProgress(questions, kind) {
  const records = everyRecord();
  const answers = await workedAnswers(records);
  const [made, type] = KINDS[kind];
  download(await made(questions, records, answers), `${text("sheet_file")}.${kind}`, type);
}

/** The worked answers of the questions that have been explained, where the server gives them. @param {Record<string, Kept>} records */
async function workedAnswers(records) {
  if (data.answers === "hidden") return {};
  const done = Object.keys(records).filter((name) => records[name].done && records[name].prediction);
  const query = new URLSearchParams({ lang: state.language });
  const answers = await Promise.all(done.map(async (name) => {
    const answer = await fetch(`./sheet/${name}/answer?${query}`).catch(() => /** @type {null} */ (null));
    return answer?.ok ? [name, await answer.text()] : null;
  }));
  return Object.fromEntries(answers.filter((answer) => answer !== null));
}

/**
 * Go on with a hand-in, this page's or another computer's: what is there already stays.
 * @param {File} file @param {Question[]} questions
 */
export async function openHandIn(file, questions) {
  const refuse = (/** @type {string} */ id, /** @type {Values} */ values = {}) => toast(() => text(id, { file: file.name, ...values }));
  if (file.size > MOST_MB * 1e6) {
    refuse("sheet_too_large", { most: MOST_MB });
    return false;
  }
  try {
    const read = recordsOf(await file.text(), questions, location.href);
    const { records, taken, kept } = mergedRecords(everyRecord(), read);
    const fits = keepAll(records);
    toast(() => [text("sheet_taken", { taken, file: file.name }), kept ? text("sheet_stayed", { kept }) : "",
      fits ? "" : text("sheet_no_room_all")].filter(Boolean).join(" "));
    return true;
  } catch (error) {
    if (!(error instanceof NotOurs)) throw error;
    refuse(error.id, error.values);
    return false;
  }
}
