// What this tab remembers: its experiment, the address that it wrote for it, and its earlier ones.
import * as memory from "./memory.mjs";

/** An experiment that this tab had, and its address. @typedef {{ session: string, link: string | null }} Earlier */
const MOST_EARLIER = 8;
export const KEPT = "cellscope-mine"; // in localStorage, by choice: this visitor's experiment

/** @param {string} name */
const recall = (name) => memory.recall(`cellscope-${name}`, "sessionStorage");
/** @param {string} name @param {string} value */
const remember = (name, value) => memory.remember(`cellscope-${name}`, value, "sessionStorage");

/** @returns {Earlier[]} */
function earlier() {
  try {
    const kept = JSON.parse(recall("before") ?? "[]");
    return Array.isArray(kept) ? kept : [];
  } catch {
    return []; // not ours, or damaged
  }
}

/**
 * A private link: the experiment stands behind the #, which no server and no log ever sees. Beside it
 * may stand the room that it was copied in, or that it is to be presented.
 */
function takePrivateLink() {
  const mine = /^#mine=([\w-]{8,64})(?:&hall=(\w{1,40}))?(&presents)?$/.exec(location.hash);
  if (!mine) return false;
  remember("session", mine[1]);
  remember("link", location.search);
  if (mine[2]) remember("hall", mine[2]);
  history.replaceState(null, "", location.pathname + location.search);
  return Boolean(mine[3]);
}

/** Whether this page presents its experiment, which a one-time code has given it. */
export const presents = takePrivateLink();

/** The room that this tab's experiment was copied in, or null. */
export const hallOfCopy = () => recall("hall");

/** Who keeps an experiment on this computer comes back to it, unless a link asks for another. */
function keptHere() {
  const asked = [...new URLSearchParams(location.search).keys()].filter((key) => !["lang", "theme"].includes(key));
  return recall("session") === null && !asked.length ? memory.recall(KEPT) || null : null;
}

/** Whether this page was come to by "back" or "forward". */
const returned = /** @type {PerformanceNavigationTiming | undefined} */ (performance.getEntriesByType("navigation")[0])?.type === "back_forward";

/**
 * The experiment of this tab, if the address is the one that was written for it: a reload, not a
 * link. Who goes back to an earlier one's address finds that again.
 */
export function savedSession() {
  const link = recall("link");
  if (keptHere()) return keptHere();
  if (link === null || [link, recall("left")].includes(location.search)) return recall("session");
  return returned && !presentedSession() ? earlier().find((one) => one.link === location.search)?.session ?? null : null;
}

/** Where this tab presents (room/room.mjs keeps the proof), a link is opened in the room's experiment, or null. */
export const presentedSession = () => (recall("room") ? recall("session") : null);

/** The experiments that this tab had before, the newest first, each with its address. */
export function earlierSessions() {
  const session = recall("session");
  const left = !presentedSession() && savedSession() !== session && session !== null ? [{ session, link: recall("link") }] : [];
  return [...left, ...earlier()].slice(0, MOST_EARLIER);
}

/** The run of the server that had this tab's experiment. */
export const savedServer = () => recall("server") ?? server;
/** @type {string | null} */
let server = null;

/** @param {string} name */
export function keepServer(name) {
  server = name;
  remember("server", name);
}

/** Another experiment is this tab's, or the same one again. @param {string} session */
export function keepSession(session) {
  remember("before", JSON.stringify(earlierSessions().filter((one) => one.session !== session)));
  remember("session", session);
  keepLink();
}

/**
 * Whether earlier runs are to be offered: where the start values were opened, also once it is loaded again.
 * @param {boolean} fresh @param {boolean} resumed
 */
export function offered(fresh, resumed) {
  if (!resumed) remember("fresh", String(fresh));
  return recall("fresh") === "true";
}

/** The address is that of this tab's experiment; and so is `left`, which a reload may still open. */
export function keepLink(left = location.search) {
  if (leaving) return; // what the next page opens is remembered already
  remember("link", location.search);
  remember("left", left);
}

let leaving = false; // for another experiment

/**
 * Open an experiment that this tab is given, as it is; `more` is for the page where nothing can be kept.
 * @param {string} session @param {string} more @param {Record<string, string>} looks
 */
export function goTo(session, more = "", looks = {}) {
  leaving = true;
  remember("before", JSON.stringify(earlierSessions().filter((one) => one.session !== session)));
  const kept = remember("session", session);
  const link = `?${new URLSearchParams({ lang: document.documentElement.lang, ...looks })}`; // or 00-language.js adds it
  remember("link", link);
  load(`${location.pathname}${link}`, kept ? "" : `#mine=${session}${more}`);
}

/** Another address, or the same one: that would only move within the page. @param {string} address @param {string} hash */
function load(address, hash) {
  const same = address === location.pathname + location.search;
  location.replace(address + hash);
  if (same && hash) location.reload();
}

/** What is forgotten now is not kept again as the page is left. */
export const stopKeeping = () => (leaving = true);

/** The experiment is no more: the page begins anew, and nothing leads back to it. */
export function leaveForGood() {
  leaving = true;
  remember("before", JSON.stringify(earlier()));
  for (const name of ["session", "link", "left", "hall"]) memory.unkeep(`cellscope-${name}`, "sessionStorage");
  location.assign(`${location.pathname}?${new URLSearchParams({ lang: document.documentElement.lang })}`);
}

/** Go back to an experiment that this tab had before. @param {string} session */
export function goBackTo(session) {
  leaving = true;
  const link = earlier().find((one) => one.session === session)?.link;
  const left = { session: recall("session"), link: location.search };
  remember("before", JSON.stringify([left, ...earlier().filter((one) => one.session !== session)].slice(0, MOST_EARLIER)));
  const kept = remember("session", session);
  remember("link", link ?? "");
  load(`${location.pathname}${link ?? ""}`, kept ? "" : `#mine=${session}`);
}
