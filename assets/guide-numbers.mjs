// Numbers as people type them, and as the page writes them.
const SUPERSCRIPTS = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹";
const PLAIN = "-0123456789";

/** 20000, 20 000, 2e4, 2·10^4, 2·10⁴; thousands and decimals with the language's signs. NaN else. */
export function readNumber(raw, language) {
  const text = raw.replace(/[\s\u00a0\u2009\u202f']/g, "").replaceAll("−", "-")
    .replace(/[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+/, (power) => `^${[...power].map((c) => PLAIN[SUPERSCRIPTS.indexOf(c)]).join("")}`);
  const power = /^(?:(.+?)[·*×x])?10\^([-+]?\d+)$/.exec(text);
  if (power) return Number(`${readPlain(power[1] ?? "1", language)}e${power[2]}`);
  return readPlain(text, language);
}

function readPlain(text, language) {
  const [thousands, point] = language === "de" ? [".", ","] : [",", "."];
  const grouped = new RegExp(`^-?\\d{1,3}(\\${thousands}\\d{3})+(\\${point}\\d+)?$`).test(text);
  const number = (grouped ? text.replaceAll(thousands, "") : text).replace(",", ".");
  return number === "" ? NaN : Number(number);
}

/** At most six digits, with the language's decimal sign: 20000, 0.5, 2·10⁹. */
export function writeNumber(value, language) {
  const size = Math.abs(value);
  const text = size === 0 || (size >= 1e-3 && size < 1e6)
    ? String(Number(value.toPrecision(6))) : scientific(value);
  return language === "de" ? text.replace("-", "−").replace(".", ",") : text.replace("-", "−");
}

function scientific(value) {
  const [mantissa, exponent] = value.toExponential(5).split("e");
  const power = [...String(Number(exponent))].map((c) => SUPERSCRIPTS[PLAIN.indexOf(c)]).join("");
  return `${Number(mantissa)}·10${power}`;
}
