// Tables that come with the charts: texts in rows, put into the page's empty tables.
import { element, typeset } from "./page.mjs";

/** @type {Map<string, string>} */
const shown = new Map(); // id -> what it shows, as text: the page is touched only where it changes

/** id -> { head, rows, marked }, of the tables that are made anew. @param {Record<string, Table>} tables */
export function showTables(tables) {
  for (const [id, table] of Object.entries(tables)) {
    const said = JSON.stringify(table);
    if (shown.get(id) === said) continue;
    shown.set(id, said);
    fill(/** @type {HTMLTableElement} */ (element(id)), table);
  }
}

/** No rows, until the next tables. */
export function forgetTables() {
  for (const id of shown.keys()) element(id).replaceChildren();
  shown.clear();
}

/** @param {HTMLTableElement} host @param {Table} table */
function fill(host, { head, rows, marked }) {
  const stands = new Set(marked.map(String));
  host.replaceChildren();
  host.dataset.rows = String(rows.length);
  if (head.length) host.createTHead().append(line(head, () => cell("th", "col")));
  const body = host.createTBody();
  rows.forEach((row, k) => {
    const made = line(row, (_, i) => (i === 0 ? cell("th", "row") : cell("td")));
    [...made.children].forEach((one, i) => one.classList.toggle("marked", stands.has(`${k},${i}`)));
    body.append(made);
  });
}

/** @param {string[]} texts @param {(said: string, i: number) => HTMLTableCellElement} make */
function line(texts, make) {
  const row = document.createElement("tr");
  texts.forEach((said, i) => {
    const one = make(said, i);
    typeset(one, said);
    row.append(one);
  });
  return row;
}

/** @param {"th" | "td"} tag @param {string} [scope] */
function cell(tag, scope) {
  const made = document.createElement(tag);
  if (scope) made.scope = scope;
  return made;
}
