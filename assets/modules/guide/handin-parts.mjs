// What a hand-in says of a question, whatever the file is written in.
import { number } from "../core/numbers.mjs";
import { state, text, words } from "../core/page.mjs";

const STEPS = "step", COVERING = "sheet"; // keys of a link; a question's would cover what it opens

/** The file's head: title, what it is, and the day. */
export const heading = () => ({ title: text("sheet_file_title"), name: text("sheet_file_name"), ours: text("sheet_ours"),
  day: new Date().toLocaleDateString(state.language === "de" ? "de-DE" : "en-GB", { year: "numeric", month: "long", day: "numeric" }) });

/** A question's parts: asked, predicted and measured on its own experiment. @param {Question} question @param {Kept} record */
export const compared = (question, record) => question.parts.map((part, k) => ({
  asked: words(`sheet.${question.name}.${part.name}`),
  predicted: record.prediction ? predicted(question.name, part, record.prediction[k]) : "–",
  measured: spoken(record.own?.seen?.[part.name]) ?? "–",
}));

/** @param {string} name @param {Part} part @param {string | number} value */
const predicted = (name, part, value) => (part.options ? words(`sheet.${name}.${part.name}.${value}`) : number(Number(value), state.language, 6));

/** A text in the page's language, else in one that there is. @param {Said | null | undefined} said @returns {string | undefined} */
const spoken = (said) => said?.[state.language] ?? Object.values(said ?? {})[0];

/** The reason that was chosen and own words. @param {Question} question @param {Kept} record */
export const reasons = ({ name }, { why, words: own }) => ({ why: why ? words(`sheet.${name}.why.${why}`) : "", own: (own ?? "").trim() });

/**
 * The experiment of own numbers or of a note: which it is, and the link that opens exactly it, if there is one.
 * @param {Measured & { lacks?: boolean }} own
 */
export function experiment({ link, step, named, lacks }) {
  const address = new URL(link, location.href);
  address.searchParams.delete(COVERING);
  const exact = !step || address.searchParams.get(STEPS) === String(step);
  if (step === 0) address.searchParams.set(STEPS, "0");
  const label = lacks ? "sheet_file_lacks" : exact ? "sheet_file_link" : "sheet_file_start";
  return { named: spoken(named) ?? "", link: address.href.replaceAll("%2C", ","), label: text(label) };
}

/**
 * What a note says: what was measured at its step, and apart from it what holds for its settings,
 * measured on other draws or whole runs; `nothing` where nothing could be measured.
 * @param {Question} question @param {Observation} note @param {string} nothing
 */
export function notedText({ parts }, { seen, step }, nothing) {
  const ofSettings = parts.filter((part) => part.ofSettings).map(({ name }) => name);
  const joined = (/** @type {boolean} */ settings) => Object.entries(seen ?? {})
    .filter(([part]) => ofSettings.includes(part) === settings).map(([, said]) => spoken(said)).filter(Boolean).join(" · ");
  const [here, always] = [seen ? joined(false) : nothing, joined(true)];
  const at = here && step !== null ? text("sheet_noted", { step, seen: here }) : here;
  return [at, always && text("sheet_noted_settings", { seen: always })].filter(Boolean).join(" · ");
}

/** What was noted besides, in order; each with its experiment. @param {Question} question @param {Kept} record */
export const notes = (question, record) => (record.observations ?? []).map((note) => ({
  said: notedText(question, note, text("sheet_file_unmeasured")),
  experiment: experiment(note), pictures: shownPictures(note),
}));

/** [{address, said}]. @param {{ pictures?: Pictures }} shown */
export const shownPictures = ({ pictures }) => ["picture", "chart"].map((kind) => ({ address: pictures?.[/** @type {keyof Pictures} */ (kind)] ?? "", said: text(`sheet_file_${kind}`) }))
  .filter(({ address }) => address);

/** @param {Kept | undefined} record */
export const isBegun = (record) => Boolean(record?.prediction || record?.observations?.length);
