// Points of one's own, sent to the server, which trains on them; and those on screen, fetched.
import { queryOf } from "../core/requests.mjs";
import { state } from "../core/page.mjs";
import { handIn } from "../core/replies.mjs";

/** What the server says, in both languages; or the page, why it says nothing. @typedef {{ problem?: Said, said?: Said, say?: () => string }} OwnReply */
/** @typedef {{ points: [x: number, y: number, ofClass: number][], classes: number, standardise?: boolean }} OwnPoints */

/**
 * Send a body of a kind; what is said of it.
 * @param {string} kind @param {BodyInit} body @param {string} name @param {string} stroke @returns {Promise<OwnReply>}
 */
export async function sendOwn(kind, body = "", name = "", stroke = "") {
  const query = queryOf({ session: state.session, kind, name, stroke });
  return handIn(`./own-data?${query}`, body, "own_lost");
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

/** What an answer says, in the page's language: a problem, a remark, or nothing. @param {OwnReply} reply */
export function saidOf(reply) {
  return reply.say?.() ?? (reply.problem ?? reply.said)?.[state.language] ?? "";
}
