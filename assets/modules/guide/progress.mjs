// What was predicted, seen and explained, kept in this browser: question -> record.
// record = {
//   prediction, at,       // one value per part, and when (ISO)
//   own: {link, step, seen: {part: {language: text}}, named: {language: text}},
//                         // measured on the question's own experiment; the link opens exactly it
//   observations: [{at, link, step, seen, named, lacks, pictures}],
//                         // what was noted besides; seen is null where it cannot be measured, and
//                         // lacks true where no link holds all of it: edits, own points, own networks
//   why, words,           // the reason chosen and own words
//   done,                 // whether it was explained
//   pictures,             // {picture, chart} of the own experiment, as data addresses
//   changed,              // when something was last said: predicted, explained or noted (ISO)
// }
import { recall, remember } from "../core/memory.mjs";

const KEY = "cellscope-sheet";
const SAID = ["prediction", "why", "words", "observations"];
/** @type {Record<string, Kept> | null} */
let records = null;

// Of two tabs neither writes over what the other has kept, nor brings back what was forgotten.
addEventListener("storage", ({ key }) => [KEY, null].includes(key) && (records = null));

function all() {
  records ??= read();
  return records;
}

/** @returns {Record<string, Kept>} */
function read() {
  let kept;
  try {
    kept = JSON.parse(recall(KEY) ?? "null");
  } catch {
    return {}; // not ours, or damaged
  }
  if (!kept || typeof kept !== "object" || Array.isArray(kept)) return {};
  return Object.fromEntries(Object.entries(kept).map(([name, record]) => [name, renewed(record)]));
}

/** A record of an earlier version: own words were in `own`, what was on screen in `seen` and `link`. @param {any} record @returns {Kept} */
function renewed(record) {
  if (!record || typeof record !== "object" || Array.isArray(record)) return {};
  const { own, seen, link, ...rest } = record;
  if (own && typeof own === "object") return record;
  /** @type {Observation[]} */
  const noted = seen && link ? [{ at: rest.at ?? null, link, step: null, seen, named: null }] : [];
  return { observations: noted, ...rest, ...(typeof own === "string" ? { words: own } : {}) };
}

/** @param {string} name @returns {Kept | null} */
export const recordOf = (name) => all()[name] ?? null;

/** "open", "predicted" or "explained". @param {string} name @returns {"open" | "predicted" | "explained"} */
export function markOf(name) {
  const record = recordOf(name);
  if (!record?.prediction) return "open";
  return record.why || record.words ? "explained" : "predicted";
}

/** Change a question's record; false if the browser has no room for its pictures. @param {string} name @param {Kept} change */
export function keep(name, change) {
  const changed = SAID.some((key) => key in change) ? { changed: new Date().toISOString() } : {};
  all()[name] = { ...recordOf(name), ...change, ...changed };
  if (save()) return true;
  delete all()[name].pictures;
  for (const observation of all()[name].observations ?? []) delete observation.pictures;
  save();
  return false;
}

/** Put all records in their place; false if the browser has no room for all their pictures. @param {Record<string, Kept>} merged */
export function keepAll(merged) {
  records = merged;
  if (save()) return true;
  for (const name of Object.keys(records)) {
    delete records[name].pictures;
    for (const observation of records[name].observations ?? []) delete observation.pictures;
    if (save()) break;
  }
  return false;
}

/** All records, as they are. */
export const everyRecord = () => all();

/** @param {string} name */
export function forget(name) {
  delete all()[name];
  save();
}

export function forgetAll() {
  records = {};
  save();
}

function save() {
  return remember(KEY, JSON.stringify(records)); // if not: it still lasts as long as the page
}
