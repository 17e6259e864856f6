// Which unit is pointed at and which is chosen; the server is told, and answers with what there is of it.
import { touched } from "../core/hand.mjs";
import { state } from "../core/page.mjs";
import { send } from "../core/socket.mjs";
import { lookAt } from "../core/view.mjs";
import { recall, remember } from "../core/memory.mjs";

/**
 * What is known of the network in hand.
 * @typedef {object} Hands
 * @property {{ header: NetworkHeader, bytes: Uint8Array } | null} drawn the newest drawing
 * @property {Unit | null} chosen
 * @property {Unit | null} over the one that is pointed at
 * @property {UnitAnswer | null} unit the newest answer about one
 * @property {number} first the uppermost unit that is seen
 */

/** @type {Hands} */
export const hands = {
  drawn: null,
  chosen: null,
  over: null,
  unit: null,
  first: 1,
};
/** @type {(() => void)[]} */
const followers = []; // who shows any of this

/** Have a function called whenever another unit is pointed at, chosen or known. @param {() => void} follower */
export const onHands = (follower) => followers.push(follower);

export const tellHands = () => followers.forEach((follow) => follow());

/** @param {unknown} a @param {unknown} b */
export const same = (a, b) => String(a) === String(b);

/** The unit that is looked at: the one below the pointer, else the chosen one. */
export const lookedAt = () => hands.over ?? hands.chosen;

/** What is known of the unit that is looked at, in the network that is drawn; null until it has come. @returns {UnitAnswer | null} */
export function known() {
  const at = lookedAt();
  const { unit } = hands;
  const drawn = !unit || unit.which === (hands.drawn?.header.which ?? unit.which);
  return at && unit && drawn && unit.layer === at[0] && unit.unit === at[1] ? unit : null;
}

/** Point at a unit, or at none. @param {Unit | null} unit */
export function pointAtUnit(unit) {
  if (same(unit, hands.over)) return;
  hands.over = unit;
  ask();
  tellHands();
}

/** Choose a unit, or none. @param {Unit | null} unit */
export function choose(unit) {
  hands.chosen = unit;
  keep();
  ask();
  tellHands();
}

const KEY = "cellscope-unit"; // of this tab: the chosen unit

function keep() {
  const kept = JSON.stringify({ session: state.session, chosen: hands.chosen });
  if (recall(KEY, "sessionStorage") !== kept) remember(KEY, kept, "sessionStorage");
}

/** The experiment is shown again, also by a page that is loaded again: whether this tab knows what was chosen. @param {string} session */
export function chosenBefore(session) {
  try {
    const kept = JSON.parse(recall(KEY, "sessionStorage") ?? "null");
    if (kept?.session !== session) return false;
    hands.chosen = kept.chosen;
    return true;
  } catch {
    return false; // none of ours
  }
}

/** A link names the unit in the picture: it is the chosen one, too. */
export function choosesShown() {
  hands.chosen = shownInPicture() ?? hands.chosen;
}

/** Ask for the unit that is looked at, and for the part of the drawing that is seen. */
export function ask() {
  const at = lookedAt();
  send({ type: "unit", layer: at?.[0] ?? null, ...(at && { unit: at[1] }), first: hands.first });
}

/** Change the unit: weights, a bias, how it is held. @param {Unit} unit @param {object} what */
export function edit([layer, unit], what, gesture = "", which = hands.drawn?.header.which ?? "a") {
  touched();
  send({ type: "edit", which, layer, unit, gesture, ...what });
}

let gestures = 0;

/** A name for one drag, so that it is undone as one. */
export const newGesture = () => `${Math.random()}-${(gestures += 1)}`;

/** The big picture shows a unit, or again what the mode says. @param {Unit | null} unit */
export function showInPicture(unit) {
  lookAt({ unit });
  tellHands();
}

export const shownInPicture = () => state.view.unit ?? null;
