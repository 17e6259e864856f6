// What is wrong with a setting, said where it is set.
import { controls, element, onLanguage, state, text, write } from "../core/page.mjs";
import { toast } from "../core/toast.mjs";
import { reveal } from "./sections.mjs";

/** @type {Map<string, Problem>} */
const named = new Map(); // field -> the problem that is said to be wrong with it

/** Whether something is said to be wrong with a setting. @param {string} field */
export const isNamed = (field) => named.has(field);

export const watchProblems = () => onLanguage(() => named.forEach(sayAgain));

/**
 * Say what is wrong beside its control, or in the line below the page where it has none.
 * @param {Problem[]} found @param {string[]} fields
 */
export function showProblems(found, fields = [...controls.map((c) => c.name), "compare"]) {
  // A field of the second network, "compare:width" say, is told beside its differences.
  const problems = found.map((p) => ({ ...p, field: p.field.split(":")[0] }));
  const byField = new Map(problems.map((p) => [p.field, p]));
  for (const field of fields) showProblem(field, byField.get(field));
  const elsewhere = problems.filter((p) => !element(`${p.field.replaceAll("_", "-")}-problem`));
  if (elsewhere.length) toast(() => allSaid(elsewhere));
}

const MOST_SAID = 8;

/** Several problems' sentences, the first ones, in the language of the page. @param {Problem[]} problems */
export const allSaid = (problems) => {
  const more = problems.length - MOST_SAID;
  return [...problems.slice(0, MOST_SAID).map(said), ...(more > 0 ? [text("more_problems", { count: more })] : [])].join(" ");
};

/** A problem's sentence in the language of the page. @param {Problem} problem */
const said = (problem) => problem.messages?.[state.language] ?? problem.message;

/** In another language, what still stands there. @param {Problem} problem @param {string} field */
function sayAgain(problem, field) {
  if (element(`${field.replaceAll("_", "-")}-problem`)?.textContent) showProblem(field, problem);
}

/** What is wrong with one setting, or nothing any more. @param {string} field @param {Problem} [problem] */
export function showProblem(field, problem) {
  const id = field.replaceAll("_", "-");
  if (problem) reveal(id);
  if (problem) named.set(field, problem);
  else named.delete(field);
  write(`${id}-problem`, problem ? said(problem) : "");
  element(id)?.setAttribute("aria-invalid", String(problem !== undefined));
}
