// Points of one's own, sent to the server, which trains on them; and those on screen, fetched.
import { queryOf } from "../core/requests.mjs";
import { state, text } from "../core/page.mjs";

/** What the server says, in both languages. @typedef {{ problem?: Said, said?: Said }} OwnReply */
/** @typedef {{ points: [x: number, y: number, ofClass: number][], classes: number, standardise?: boolean }} OwnPoints */

/**
 * Send a body of a kind; what the server says of it, or null where nobody heard.
 * @param {string} kind @param {BodyInit} body @param {string} name @param {string} stroke @returns {Promise<OwnReply | null>}
 */
export async function sendOwn(kind, body = "", name = "", stroke = "") {
  const query = queryOf({ session: state.session, kind, name, stroke });
  const headers = { "Content-Type": "application/octet-stream" };
  try {
    return await (await fetch(`./own-data?${query}`, { method: "POST", headers, body })).json();
  } catch {
    return null;
  }
}

/** The points on screen, or null. @returns {Promise<OwnPoints | null>} */
export async function ownPoints() {
  try {
    const reply = await fetch(`./own-data?${queryOf({ session: state.session })}`);
    return reply.ok ? await reply.json() : null;
  } catch {
    return null;
  }
}

/** What an answer says, in the page's language: a problem, a remark, or nothing. @param {OwnReply | null} reply */
export function saidOf(reply) {
  if (!reply) return text("own_lost");
  return (reply.problem ?? reply.said)?.[state.language] ?? "";
}
