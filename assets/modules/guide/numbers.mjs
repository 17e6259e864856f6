// Numbers as people type them into a prediction, and whether that is one.
const SUPERSCRIPTS = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹";
const PLAIN = "-0123456789";

/**
 * 20000, 20 000, 2e4, 2·10^4, 2·10⁴; thousands and decimals with the language's signs. NaN else.
 * @param {string} raw @param {string} language
 */
export function readNumber(raw, language) {
  const text = raw.replace(/[\s\u00a0\u2009\u202f']/g, "").replaceAll("−", "-")
    .replace(/[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+/, (power) => `^${[...power].map((c) => PLAIN[SUPERSCRIPTS.indexOf(c)]).join("")}`);
  const power = /^(?:(.+?)[·*×x])?10\^([-+]?\d+)$/.exec(text);
  if (power) return Number(`${readPlain(power[1] ?? "1", language)}e${power[2]}`);
  return readPlain(text, language);
}

/** @param {string} text @param {string} language */
function readPlain(text, language) {
  const [thousands, point] = language === "de" ? [".", ","] : [",", "."];
  const grouped = new RegExp(`^-?[1-9]\\d{0,2}(\\${thousands}\\d{3})+(\\${point}\\d+)?$`).test(text);
  const number = (grouped ? text.replaceAll(thousands, "") : text).replace(",", ".");
  return number === "" ? NaN : Number(number);
}

/**
 * What is typed as a prediction, a value for each part: the option, or a number (NaN where it is none).
 * @param {Part[]} parts @param {Record<string, string>} draft @param {string} language
 */
export const given = (parts, draft, language) => parts.map((part) => {
  const value = draft[part.name];
  return part.options ? value : readNumber(value ?? "", language);
});

/** Whether it is an answer. @param {Part} part @param {string | number | undefined} value */
export const isGiven = (part, value) => (part.options ? value !== undefined
  : typeof value === "number" && value >= part.low && value <= part.high && (!part.whole || Number.isInteger(value)));
