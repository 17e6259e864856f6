// What was predicted, seen and explained, kept in this browser: question -> record.
// record: {prediction, at, seen: {part: {language: text}}, link, why, own, done, pictures}
const KEY = "cellscope-sheet";
let records = null;

function all() {
  if (records === null) {
    try {
      records = JSON.parse(localStorage.getItem(KEY)) ?? {};
    } catch {
      records = {}; // not ours, or damaged
    }
    if (typeof records !== "object" || Array.isArray(records)) records = {};
  }
  return records;
}

export const recordOf = (name) => all()[name] ?? null;

/** "open", "predicted" or "explained". */
export function markOf(name) {
  const record = recordOf(name);
  if (!record?.prediction) return "open";
  return record.why || record.own ? "explained" : "predicted";
}

/** Change a question's record; false if the browser has no room for its pictures. */
export function keep(name, change) {
  all()[name] = { ...recordOf(name), ...change };
  if (save()) return true;
  delete all()[name].pictures;
  save();
  return false;
}

export function forget(name) {
  delete all()[name];
  save();
}

export function forgetAll() {
  records = {};
  save();
}

function save() {
  try {
    localStorage.setItem(KEY, JSON.stringify(records));
    return true;
  } catch {
    return false; // full, or not allowed: it still lasts as long as the page
  }
}
