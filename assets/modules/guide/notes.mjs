// A note on what is on screen: one network, its numbers, its pictures, and the link that opens it.
import { element, state, text } from "../core/page.mjs";
import { link, linkOpens } from "../core/link.mjs";
import { isBehind } from "../core/moment.mjs";
import { toast } from "../core/toast.mjs";
import { chosenPane, shownVersion } from "../picture/picture.mjs";
import { takePictures } from "./export.mjs";
import { keep, recordOf } from "./progress.mjs";

const WAIT_MS = 30_000, LOOK_MS = 50; // for numbers, and for the picture; from look to look
/** @typedef {() => SheetNow | null} Told what was last measured on screen; null once another question is open */

/** One note at a time; disabled the button would lose the focus. @param {Question} question @param {Told} told */
export async function takeNote(question, told) {
  const button = element("note-screen");
  if (button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  await noteScreen(question, told).finally(() => (button.ariaBusy = null));
}

/** @param {Question} question @param {Told} told */
async function noteScreen({ name, named }, told) {
  const now = await measured(told);
  if (!now) return;
  const own = recordOf(name)?.own;
  const observation = /** @type {Observation} */ ({
    at: new Date().toISOString(), link: linkTo(now.step), step: now.step,
    seen: now.own ? own?.seen ?? null : now.seen, named: now.own ? named : now.named,
    ...(linkLacks() ? { lacks: true } : {}),
  });
  const pictured = await pictureOf(now.version);
  if (pictured) observation.pictures = await takePictures();
  const fits = keep(name, { observations: [...(recordOf(name)?.observations ?? []), observation] });
  if (!fits || !pictured) toast(() => text(fits ? "sheet_note_bare" : "sheet_no_room"));
}

/** What was measured on what is on screen, or, while it trains, on what came after it; that may take seconds. @param {Told} told */
async function measured(told) {
  const asked = Math.max(0, shownVersion() ?? 0);
  const fitting = () => {
    const now = told();
    const lags = !now || now.measuring || !isLookedAt(now) || !isOfSettings() || isBehind(now.version, moves() ? asked : shownVersion());
    return lags ? null : now;
  };
  await until(() => fitting() !== null);
  return fitting();
}

/** @param {() => boolean} reached */
async function until(reached) {
  for (let waited = 0; waited < WAIT_MS && !reached(); waited += LOOK_MS) await new Promise((passed) => setTimeout(passed, LOOK_MS));
}

/** Whether the picture is of the settings that the link holds: after a change it comes a moment later; a past step may be of others. */
const isOfSettings = () => state.recalled || state.pictured === state.mark;

/** Whether it is of the network and the part of the plane that are looked at: of one version there are several. @param {SheetNow} now */
const isLookedAt = ({ which, window }) => which === chosenPane().which && String(window) === String(state.view.window);

/** Whether the picture is of the part of the plane that is looked at: another one's comes a moment later. */
const isInWindow = () => String(chosenPane().last?.header.window) === String(state.view.window);

/** Whether what is on screen trains, and is not of an earlier step. */
const moves = () => element("status").dataset.value === "training" && shownVersion() >= 0;

/** Whether the picture is of the state that was measured, or some steps on while it trains: it names its own. @param {number} version */
async function pictureOf(version) {
  const { mark } = state, later = moves();
  await until(() => !isBehind(shownVersion(), version) && isInWindow());
  if (!isInWindow()) return false;
  return shownVersion() === version || (later && !isBehind(shownVersion(), version) && isOfSettings() && state.mark === mark);
}

/** The address of what is on screen, which trains it as far as it is, where that leads to the same. @param {number} step */
function linkTo(step) {
  const address = new URL(link(), location.href);
  if (step && !linkLacks() && !["changed", "far"].includes(linkOpens())) address.searchParams.set("step", String(step));
  return address.href;
}

/** Whether what is on screen has something that no link holds: edits, points or a network of one's own. */
const linkLacks = () => state.edited || Boolean(state.opened) || state.accepted.dataset === "own";
