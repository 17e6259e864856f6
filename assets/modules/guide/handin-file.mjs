// What a hand-in carries besides what one reads: its records as data, so that it can be opened
// again to go on. What comes back is a file from anywhere: everything in it is checked.
export const MOST_MB = 30;
const FORMAT = "cellscope-hand-in-1";
const DATA_ID = "cellscope-hand-in";
const SCREEN = "screen"; // what is said of a network on screen as a whole, and not part by part
const PICTURE = /^data:image\/(?:png|webp);base64,[A-Za-z0-9+/]+={0,2}$/;
const PICTURE_LINE = /^!\[[^\]\n]*\]\((data:image\/(?:png|webp);base64,[A-Za-z0-9+/]+={0,2})\)$/gm;
const COMMENT = /^<!-- cellscope-hand-in (\{.*\}) -->$/m;
/** Something from a file: whatever its parts are. @typedef {Record<string, any>} Raw */
const LIMITS = { text: 2000, words: 600, link: 4000, observations: 200, picture: 3_000_000 };

/** Something in a file that this page would not have written. `id` of the sentence, and its values. */
export class NotOurs extends Error {
  /** @param {string} id @param {Values} values */
  constructor(id, values = {}) {
    super(id);
    this.id = id;
    this.values = values;
  }
}

/** The records without their pictures, for which stand numbers, and the pictures in that order. @param {Record<string, Kept>} records */
function parted(records) {
  const pictures = /** @type {string[]} */ ([]);
  const numbered = (/** @type {Pictures | undefined} */ shown) => shown && Object.fromEntries(Object.entries(shown).map(([kind, address]) =>
    [kind, pictures.push(address) - 1]));
  const plain = Object.fromEntries(Object.entries(records).map(([name, record]) => [name, {
    ...record, pictures: numbered(record.pictures),
    observations: record.observations?.map((one) => ({ ...one, pictures: numbered(one.pictures) })),
  }]));
  return { plain, pictures };
}

/** @param {Record<string, Kept>} records */
const written = (records) =>
  JSON.stringify({ format: FORMAT, records: parted(records).plain }).replace(/[<>]/g, (sign) => `\\u00${sign === "<" ? "3c" : "3e"}`);

/** The records for the end of an HTML file, whose images are `.kept` in the order of `parted`. @param {Record<string, Kept>} records */
export const asScript = (records) => `<script type="application/json" id="${DATA_ID}">${written(records)}</script>`;

/** And for that of a Markdown file. @param {Record<string, Kept>} records */
export const asComment = (records) => `<!-- ${DATA_ID} ${written(records).replaceAll("--", "-\\u002d")} -->`;

/**
 * The records of a file's text; `questions` says what there is to be answered. Throws `NotOurs`.
 * @param {string} content @param {Question[]} questions @param {string} here
 */
export function recordsOf(content, questions, here) {
  const { data, pictures } = found(content);
  let read = null;
  try {
    read = JSON.parse(data);
  } catch {
    throw new NotOurs("sheet_wrong_file");
  }
  if (!isObject(read) || read.format !== FORMAT || !isObject(read.records)) throw new NotOurs("sheet_wrong_file");
  const checked = /** @type {Record<string, Kept>} */ ({});
  for (const question of questions) {
    if (!Object.hasOwn(read.records, question.name)) continue;
    const check = new Check(question, pictures, here);
    checked[question.name] = check.record(read.records[question.name]);
  }
  return checked;
}

/** A file's data and pictures; it is parsed, and nothing of it is shown or run. @param {string} content */
function found(content) {
  const comment = COMMENT.exec(content);
  if (comment) return { data: comment[1], pictures: [...content.matchAll(PICTURE_LINE)].map(([, address]) => address) };
  // A browser says aloud that it does not run what an element brings along: ours bring nothing.
  const page = new DOMParser().parseFromString(content.replace(/<[^<>]*\son[a-z]+\s*=[^<>]*>/gi, ""), "text/html");
  const script = /** @type {HTMLScriptElement | null} */ (page.getElementById(DATA_ID));
  if (script?.type !== "application/json") throw new NotOurs("sheet_wrong_file");
  return { data: script.textContent, pictures: [...page.querySelectorAll("img.kept")].map((image) => image.getAttribute("src") ?? "") };
}

/** @param {unknown} value @returns {value is Raw} */
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** Takes over what a question's record may hold; anything else is named. */
class Check {
  /** @param {Question} question @param {string[]} pictures @param {string} here */
  constructor(question, pictures, here) {
    this.question = question;
    this.pictures = pictures;
    this.here = here;
  }

  /** @param {string} field */
  wrong(field) {
    return new NotOurs("sheet_damaged", { question: this.question.name, field });
  }

  /** @param {unknown} raw @returns {Kept} */
  record(raw) {
    if (!isObject(raw)) throw this.wrong("record");
    const { question } = this;
    const notes = raw.observations ?? [];
    if (!Array.isArray(notes) || notes.length > LIMITS.observations) throw this.wrong("observations");
    if (raw.why != null && !question.explanations.includes(raw.why)) throw this.wrong("why");
    if (raw.words != null && (typeof raw.words !== "string" || raw.words.length > LIMITS.words)) throw this.wrong("words");
    const kept = {
      prediction: this.prediction(raw.prediction), at: this.time(raw.at), changed: this.time(raw.changed),
      own: raw.own == null ? undefined : this.measured(raw.own), observations: notes.map((note) => this.observation(note)),
      why: raw.why ?? undefined, words: raw.words ?? undefined, done: raw.done === true || undefined, pictures: this.shown(raw.pictures),
    };
    return Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== undefined));
  }

  /** @param {unknown} raw @returns {Kept["prediction"]} */
  prediction(raw) {
    if (raw == null) return undefined;
    const { parts } = this.question;
    const fits = (/** @type {Part} */ part, /** @type {any} */ value) => (part.options ? part.options.includes(value)
      : typeof value === "number" && value >= part.low && value <= part.high);
    if (Array.isArray(raw) && raw.length === parts.length && parts.every((part, k) => fits(part, raw[k]))) return raw;
    throw this.wrong("prediction");
  }

  /** @param {unknown} raw */
  time(raw) {
    if (raw == null) return undefined;
    if (typeof raw === "string" && /^\d{4}-\d\d-\d\dT[\d:.]{5,15}Z$/.test(raw) && !Number.isNaN(Date.parse(raw))) return raw;
    throw this.wrong("at");
  }

  /** @param {any} raw @returns {Observation} */
  observation(raw) {
    const lacks = raw?.lacks === true ? { lacks: true } : {};
    return { at: this.time(raw?.at) ?? null, ...this.measured(raw), ...lacks, pictures: this.shown(raw.pictures) };
  }

  /** @param {unknown} raw @returns {Measured} */
  measured(raw) {
    if (!isObject(raw)) throw this.wrong("own");
    const step = raw.step ?? null;
    if (step !== null && !(Number.isInteger(step) && step >= 0)) throw this.wrong("step");
    return { link: this.link(raw.link), step, seen: raw.seen == null ? null : this.seen(raw.seen), named: raw.named == null ? null : this.said(raw.named) };
  }

  /** {part, or "screen": {language: text}}. @param {unknown} raw @returns {Record<string, Said>} */
  seen(raw) {
    if (!isObject(raw)) throw this.wrong("seen");
    const names = [...this.question.parts.map(({ name }) => name), SCREEN].filter((name) => Object.hasOwn(raw, name));
    return Object.fromEntries(names.map((name) => [name, this.said(raw[name])]));
  }

  /** {language: text}. @param {unknown} raw @returns {Said} */
  said(raw) {
    const fits = isObject(raw) && Object.entries(raw).every(([language, text]) =>
      /^[a-z]{2}$/.test(language) && typeof text === "string" && text.length <= LIMITS.text);
    if (fits) return { ...raw };
    throw this.wrong("seen");
  }

  /** What it opens on this server: of an address only the settings are taken. @param {unknown} raw */
  link(raw) {
    if (typeof raw !== "string" || raw.length > LIMITS.link || !URL.canParse(raw, this.here)) throw this.wrong("link");
    return new URL(new URL(raw, this.here).search || "?", this.here).href;
  }

  /** @param {unknown} raw @returns {Pictures | undefined} */
  shown(raw) {
    if (raw == null) return undefined;
    if (!isObject(raw)) throw this.wrong("pictures");
    const kept = /** @type {Record<string, string>} */ ({});
    for (const kind of ["picture", "chart"]) {
      if (raw[kind] == null) continue;
      const address = this.pictures[raw[kind]];
      if (typeof address !== "string" || address.length > LIMITS.picture || !PICTURE.test(address)) throw this.wrong("pictures");
      kept[kind] = address;
    }
    return kept;
  }
}

/** @param {Kept} record */
const saidAt = (record) => [record.at, record.changed].filter(Boolean).sort().at(-1) ?? "";

/**
 * Records here and from a file as one: of each question what was said last; the notes of both.
 * {records, taken, kept}: of how many questions the file's was taken, and of how many not.
 * @param {Record<string, Kept>} here @param {Record<string, Kept>} file
 */
export function mergedRecords(here, file) {
  const records = { ...here };
  let [taken, kept] = [0, 0];
  for (const [name, theirs] of Object.entries(file)) {
    const ours = here[name];
    const newer = !ours?.prediction && !ours?.words ? true : saidAt(theirs) > saidAt(ours);
    const same = ours && saidAt(theirs) === saidAt(ours);
    if (newer || same) taken++;
    else kept++;
    const [first, second] = newer ? [theirs, ours] : [ours, theirs];
    records[name] = { ...second, ...first, pictures: first.pictures ?? (same ? second?.pictures : undefined), observations: allNotes(ours, theirs) };
  }
  return { records, taken, kept };
}

/** The notes of both, each once, in the order in which they were made. @param {Kept | undefined} ours @param {Kept} theirs */
function allNotes(ours, theirs) {
  const notes = new Map();
  for (const note of [...(theirs.observations ?? []), ...(ours?.observations ?? [])]) {
    notes.set(`${note.at} ${note.step} ${JSON.stringify(note.seen)}`, note);
  }
  return [...notes.values()].sort((a, b) => ((a.at ?? "") < (b.at ?? "") ? -1 : 1));
}
