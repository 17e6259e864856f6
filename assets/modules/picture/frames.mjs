// Frames: from the socket to the screen, the newest wins.
import { inHand } from "../core/hand.mjs";
import { state } from "../core/page.mjs";
import { frameOf } from "./frame.mjs";
import { drawFrames, showProgress } from "./picture.mjs";
import { line } from "../core/line.mjs";
import { canUnpack, split, wantsPacked } from "../core/packed.mjs";
import { now, onBinary, onCut, requestFrame, send, toServerClock } from "../core/socket.mjs";
import { unlessVeiled } from "../guide/veil.mjs";

const EARLY_MS = 6; // from which a frame's work on the server is asked for ahead of the screen
let pack = line(); // of this connection
let arrived = 0; // the version of the last picture
let asking = false; // whether a frame is on its way
/** @type {Frame[] | null} */
let undrawn = null; // the frames of one state that wait for the screen

/** Show what comes. */
export function watchFrames() {
  onBinary("frame", (header, bytes) => receiveFrames([frameOf(header, bytes)]));
  onBinary("both", ({ first }, bytes) => {
    receiveFrames([bytes.subarray(0, first), bytes.subarray(first)].map((part) => frameOf(...split(part))));
  });
  onCut(() => {
    undrawn = null;
    pack = line();
  });
  document.addEventListener("visibilitychange", () => document.hidden || setTimeout(ask)); // once the server knows
}

/** Ask for the newest state. */
export function ask() {
  asking = true;
  requestFrame();
}

/** The frames of one state: of one network, or of two. @param {Frame[]} frames */
function receiveFrames(frames) {
  // A slow server works while we wait for the screen and draw; a quick one would only send
  // more frames than the screen shows. Under a hand there are no more states than moves.
  asking = false;
  watchLine(frames[0].header);
  if (inHand() || Math.max(...frames.map(({ header }) => header.workMs)) > EARLY_MS) ask();
  const waiting = undrawn !== null;
  undrawn = frames;
  if (waiting) return; // the newest wins
  if (window.cellscope.frames) requestAnimationFrame(drawNewest);
  else drawNewest(); // the first one waits for nothing
}

/** A line may be slow though it ends on one's own computer, as a tunnel does: packing is tried. @param {FrameHeader} header */
function watchLine(header) {
  if (header.version === arrived || header.status !== "training" || header.recalled) return; // of a state that may be old
  arrived = header.version;
  const on = pack(age(header) - header.workMs);
  if (on !== null && canUnpack() && !wantsPacked()) send({ type: "packs", on });
}

function drawNewest() {
  const newest = undrawn;
  if (!newest) return; // the line was cut: it is no news any more
  undrawn = null;
  if (!asking) ask(); // before drawing: the server works while we do
  if (state.covered) showProgress(newest[0].header);
  unlessVeiled("frame", "", () => drawFrames(newest));
  const [header, second] = newest.map((frame) => frame.header);
  count(header, second);
}

/** @param {FrameHeader} header */
const age = (header) => Math.max(0, toServerClock(now()) - header.published);

/** @param {FrameHeader} header @param {FrameHeader} [second] */
function count(header, second) {
  const seen = window.cellscope;
  Object.assign(seen, {
    frames: seen.frames + 1,
    step: header.step,
    version: header.version,
    // Of the first drawing: the same state drawn again, in another view say, is no late news.
    latencyMs: header.version === seen.version ? seen.latencyMs : age(header),
    exact: header.exact,
    width: header.width,
    height: header.height,
    compare: second ? seenOf(second) : null,
  });
}

/** What a script may want to know of the second network. @param {FrameHeader} header */
function seenOf({ step, own, version, exact, width, height, count }) {
  return { step, status: own, version, exact, width, height, count };
}

window.cellscope = {
  frames: 0, step: 0, version: 0, latencyMs: null, exact: false, width: 0, height: 0,
  compare: null,
};
