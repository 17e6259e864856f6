// Numbers as people read them: app/numbers.py's rules for the few that scripts write.
const THIN_SPACE = "\u202f";
const RAISED = [..."⁰¹²³⁴⁵⁶⁷⁸⁹"];
/** @type {Record<string, string>} */
const POINTS = { en: ".", de: "," };

/** A whole number, its digits in groups of three. @param {number | string} count */
export const grouped = (count) =>
  String(count).replace("-", "−").replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);

/** @type {Record<string, string>} */
const THOUSANDS = { en: ",", de: "." };

/**
 * A number as typed, with a decimal point: both signs are understood, on both pages. null where it
 * could be two numbers, as 1.125 on a German page; what is no number comes back as it is.
 * @param {string} raw @param {string} language
 */
export function withPoint(raw, language) {
  const text = String(raw).trim();
  if (!/^[+-]?\d*[.,]\d+(e[+-]?\d+)?$/i.test(text)) return raw;
  const [whole, broken] = text.replace(/^[+-]/, "").split(THOUSANDS[language]);
  if (/^[1-9]\d{0,2}$/.test(whole) && /^\d{3}$/.test(broken ?? "")) return null;
  return text.replace(",", ".");
}

/** A number as one types it into a box; what is no number stays. @param {string | number} value @param {string} language */
export const typed = (value, language) =>
  (Number.isNaN(Number(value)) ? String(value) : String(value).replace(".", POINTS[language]));

/**
 * So many significant digits and no zeros at the end; very small and large as powers of ten.
 * @param {number} value @param {string} language
 */
export function number(value, language, digits = 3) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const [mantissa, power] = value.toExponential(digits - 1).split("e").map(Number);
  /** @param {number} v */
  const written = (v) => {
    const [whole, broken] = String(v).split(".");
    return grouped(whole) + (broken ? POINTS[language] + broken : "");
  };
  if (power >= -3 && power <= 4) return written(Number(value.toPrecision(digits)));
  const exponent = [...String(power)].map((c) => RAISED[Number(c)] ?? "⁻").join("");
  if (Math.abs(mantissa) === 1) return `${mantissa < 0 ? "−" : ""}10${exponent}`;
  return `${written(mantissa)}·10${exponent}`;
}
