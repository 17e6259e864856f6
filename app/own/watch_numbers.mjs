// A watched loop's numbers, as its page and the notebook's widget show them. It stands before both, behind core/numbers.mjs.

/** A number in a language, a whole one in groups; null is not known. @param {number | null} value @param {string} language */
export const digitsIn = (value, language) =>
  (value === null ? "–" : Number.isInteger(value) ? grouped(value) : number(value, language));

/**
 * Names and values of a frame: step, counts where there are any, loss, and what the loop said.
 * @param {import("./watch_widget.mjs").About} about @param {Record<string, string>} words @param {string} language
 */
export function rowsOf(about, words, language) {
  const digits = (/** @type {number | null} */ value) => digitsIn(value, language);
  const least = about.exact ? "" : "≥ ";
  const rows = [[words.step, digits(about.step)]];
  if ("patterns" in about)
    rows.push([words.patterns, least + digits(about.patterns ?? null)], [words.regions, least + digits(about.connected_regions ?? null)],
      [words.linear.replace("{layer}", String(about.layer)), least + digits(about.linear_regions ?? null)]);
  for (const loss of about.last) rows.push([words.loss, digits(loss)]);
  for (const [name, value] of Object.entries(about.metrics)) rows.push([name, digits(value)]);
  return rows;
}
