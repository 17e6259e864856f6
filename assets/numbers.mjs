// Numbers as people read them: app/numbers.py's rules for the few that scripts write.
const THIN_SPACE = "\u202f";
const RAISED = [..."⁰¹²³⁴⁵⁶⁷⁸⁹"];
const POINTS = { en: ".", de: "," };

/** A whole number, its digits in groups of three. */
export const grouped = (count) =>
  String(count).replace("-", "−").replace(/\B(?=(\d{3})+$)/g, THIN_SPACE);

/** A number as typed, with a decimal point: on a German page 0,5 is 0.5. */
export const withPoint = (typed, language) =>
  POINTS[language] === "," && /^\s*[+-]?\d+,\d+(e[+-]?\d+)?\s*$/i.test(typed) ? typed.replace(",", ".") : typed;

/** So many significant digits and no zeros at the end; very small and large as powers of ten. */
export function number(value, language, digits = 3) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const [mantissa, power] = value.toExponential(digits - 1).split("e").map(Number);
  const written = (v) => {
    const [whole, broken] = String(v).split(".");
    return grouped(whole) + (broken ? POINTS[language] + broken : "");
  };
  if (power >= -3 && power <= 4) return written(Number(value.toPrecision(digits)));
  const exponent = [...String(power)].map((c) => RAISED[c] ?? "⁻").join("");
  if (Math.abs(mantissa) === 1) return `${mantissa < 0 ? "−" : ""}10${exponent}`;
  return `${written(mantissa)}·10${exponent}`;
}
