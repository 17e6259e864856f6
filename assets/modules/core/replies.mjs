// Who answered what was asked over HTTP: the server, nobody, or something in between, whose pages are no words for people.
import { text } from "./page.mjs";

const TOO_LARGE = 413;

/** Why there is no answer, in the page's language. @typedef {() => string} Words */
/** @typedef {{ say?: Words, problem?: Said, said?: any }} Handed */

/**
 * Hand a body in; what the server replies, or why it did not: `nobody` where nothing answers.
 * @param {string} address @param {BodyInit} body @param {string} nobody @returns {Promise<Handed>}
 */
export async function handIn(address, body, nobody) {
  const headers = { "Content-Type": "application/octet-stream" };
  const answer = await fetch(address, { method: "POST", headers, body }).catch(() => /** @type {null} */ (null));
  if (!answer) return { say: () => text(nobody) };
  const said = await answer.json().catch(() => /** @type {null} */ (null)); // a proxy's is a page
  return said && (answer.ok || said.problem) ? said : { say: stopped(answer) };
}

/** What the server says in refusing, one line of plain text; of anything else its number. @param {Response} answer @returns {Promise<Words>} */
export async function refusal(answer) {
  const plain = answer.headers.get("Content-Type")?.startsWith("text/plain");
  if (answer.status >= 500 || !plain) return stopped(answer);
  const said = await answer.text(); // in the language of now
  return () => said;
}

/** @param {Response} answer @returns {Words} */
const stopped = ({ status }) => () => text(status === TOO_LARGE ? "stopped_large" : "stopped", { status: String(status) });
