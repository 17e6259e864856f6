// The pictures, one or two of them, and what the page says of the state that they show.
import { dressed } from "../core/figures.mjs";
import { inHand } from "../core/hand.mjs";
import { element, state, text, wording, write, written } from "../core/page.mjs";
import { rule, ruled } from "../core/steps.mjs";
import { begun } from "../core/again.mjs";
import { followGoal, goalStep } from "../core/goal.mjs";
import { writeLink } from "../core/link.mjs";
import { Pane, shared } from "./pane.mjs";
import { sharpen } from "../core/socket.mjs";
import { onView } from "../core/view.mjs";

export { fitCanvas } from "./pane.mjs";

const REST_MS = 350; // without a new frame the picture is at rest
const TRAINING_REST_MS = 1000; // a late frame is no rest: the graph's drawing would delay the next
const READABLE_MS = 70;
/** @type {Map<Which, Pane>} */
const made = new Map(); // "a", "b" -> its pane
/** @type {Frame[]} */
let shown = []; // the frames on screen, that of the second network last
/** @type {[first: Figure, second?: Figure] | null} */
let plain = null; // the data points' figures as the server made them
let drawnPoints = ""; // which of the points are on screen
let restTimer = 0;
let textTimer = 0;
let textsAt = -Infinity; // when texts were written last
let linked = ""; // of the frames, what the address says

/** @param {Which} which */
function pane(which) {
  let there = made.get(which);
  if (!there) made.set(which, (there = new Pane(which, drawOver)));
  return there;
}

/** @type {(() => void)[]} */
const painters = []; // who paints in the theme's colours, too
/** @type {(() => void)[]} */
const placers = []; // who draws over the pictures

/** Have a function called when everything is to be painted again, in another theme say. @param {() => void} painter */
export const onRedraw = (painter) => painters.push(painter);

/** Have a function called whenever a picture's place or window has changed. @param {() => void} placer */
export const onPlaced = (placer) => placers.push(placer);

/** @type {((chosen: FrameHeader | null) => void)[]} */
const followers = []; // who follows the frames
/** @type {((headers: FrameHeader[]) => void)[]} */
const tellers = []; // who says something of them

/**
 * Have a function called with every frame: with the chosen header where its layers are others, else null.
 * @param {(chosen: FrameHeader | null) => void} follower
 */
export const onFrames = (follower) => followers.push(follower);

/** Have a function called with all headers, as often as can be read. @param {(headers: FrameHeader[]) => void} teller */
export const onTexts = (teller) => tellers.push(teller);

/** The headers of the frames on screen. */
export const shownHeaders = () => shown.map((frame) => frame.header);

/** @param {FrameHeader | null} chosen */
const announce = (chosen) => followers.forEach((follow) => follow(chosen));
const tell = () => tellers.forEach((teller) => teller(shownHeaders()));

onView(showChosenPoints);

function drawOver() {
  for (const placer of placers) placer();
}

/** The panes on screen. */
export const panes = () => (shown.length > 1 ? [pane("a"), pane("b")] : [pane("a")]);

/** The header of the network whose layers and counts are shown. */
const chosen = () => (shown.find((frame) => frame.header.which === state.which) ?? shown[0]).header;

/** Draw the frames of one state and everything that belongs to them, so that the page shows one step. @param {Frame[]} frames */
export function drawFrames(frames) {
  const before = shown.length && chosen();
  const several = shown.length > 1;
  shown = frames;
  if (frames.length > 1 !== several) openPanes();
  panes().forEach((pane, k) => pane.draw(frames[k]));
  const header = chosen();
  const keys = /** @type {const} */ (["layer", "layers", "mode", "which"]);
  const other = !before || keys.some((key) => before[key] !== header[key]);
  showState(frames[0].header);
  announce(other ? header : null);
  if (other) for (const pane of panes()) pane.fit(); // the film strip beside it may have another width
  clearTimeout(restTimer);
  restTimer = setTimeout(rest, moving(header) ? TRAINING_REST_MS : REST_MS);
}

/** One picture or two: the page makes room, and the second one gets its graph. */
function openPanes() {
  tell();
  if (shown.length > 1 && shared.points.data.length) pane("b").showPoints();
}

/** Another of the two networks has its layers and counts shown. */
export function showChosen() {
  if (!shown.length) return;
  announce(chosen());
  showTexts();
  drawOver();
}

/** Nothing moves: a picture with a point for each pixel of the screen, then the heatmap. */
function rest() {
  if (inHand() || document.querySelector("input[type=range]:active")) { // held still, but the next picture may come
    restTimer = setTimeout(rest, REST_MS);
    return;
  }
  const { header } = shown[0];
  const { width } = pane("a").area() ?? { width: 0 };
  const side = Math.min(1001, Math.round(width * devicePixelRatio));
  if (!moving(header) && state.view.pixels > 101 && header.width < side) sharpen(side);
  else if (!panes().every((pane) => pane.stands)) restTimer = setTimeout(rest, REST_MS);
  else for (const pane of panes()) pane.showHeatmap();
}

/** Paint the last frames again, in another theme say. */
export function redraw() {
  for (const painter of painters) painter();
  for (const pane of made.values()) pane.redraw();
}

/** No pictures and nothing said of them, until the next frames. */
export function blankPictures() {
  clearTimeout(restTimer);
  clearTimeout(textTimer);
  textTimer = 0;
  shown = [];
  tell(); // the page makes room for one
  for (const pane of made.values()) pane.blank();
}

/** How far the experiment is, which is no secret while it is covered; whether its status is another. @param {FrameHeader} header */
export function showProgress(header) {
  const before = state.status;
  state.status = header.status;
  followGoal(header);
  rule(header.step);
  followLink(header);
  element("step-count").dataset.value = String(header.experimentStep ?? header.step);
  element("status").dataset.value = header.status;
  const bar = element("status").closest(".top-bar");
  if (bar) bar.dataset.standing = header.status;
  document.documentElement.dataset.task = header.task ?? "classes";
  if (before === header.status) return false;
  document.documentElement.dataset.status = header.status;
  wording(element("play"), { label: header.status === "training" ? "page.pause" : "page.play" });
  return true;
}

/** Values at once; texts, in motion, as often as they can be read: each lays the page out anew. @param {FrameHeader} header */
function showState(header) {
  if (showProgress(header) || !(moving(header) || inHand()) || performance.now() - textsAt > READABLE_MS) showTexts();
  else textTimer ||= setTimeout(showTexts, READABLE_MS);
}

/** @param {FrameHeader} header */
const moving = ({ status, recalled }) => status === "training" && !recalled;

/** The address holds the step while it rests. @param {FrameHeader} header */
function followLink(header) {
  state.step = header.experimentStep ?? header.step;
  state.reproducible = header.reproducible;
  state.pictured = header.mark;
  state.recalled = header.recalled;
  if (state.step) begun();
  const link = [moving(header) || state.step, header.reproducible, header.mark, goalStep()].join();
  if (link !== linked && state.pictured === state.mark) writeLink(); // else the settings are on their way
  linked = link;
}

function showTexts() {
  clearTimeout(textTimer);
  textTimer = 0;
  textsAt = performance.now();
  const { header } = shown[0];
  ruled(header.step);
  write("step-count", written(header.experimentStep ?? header.step));
  write("epoch-count", header.epochText);
  write("count", chosen().countText);
  write("note", chosen().note);
  if (state.connected) write("status", header.statusText);
  write("rate", state.connected && header.rate ? text("rate", { rate: header.rate }) : "");
  if (shown.length > 1) tell();
}

/** New data points (or the same in another theme), those of the second picture where they are others. @param {Figure} figure @param {Figure} [second] */
export function showPoints(figure, second) {
  plain = [figure, second];
  if (document.documentElement.dataset.drawing !== undefined) return; // what is drawn is seen already
  shared.points = dressed(figure);
  shared.second = second ? dressed(second) : null;
  drawnPoints = state.view.points;
  for (const pane of panes()) pane.showPoints();
}

/** Those of them that the view asks for. */
function showChosenPoints() {
  if (drawnPoints === state.view.points || !plain) return;
  drawnPoints = state.view.points;
  for (const pane of panes()) pane.showPoints();
}

/** The same points in another text size. */
export const redrawPoints = () => plain && showPoints(...plain);

/** Where data coordinates lie in a picture, in CSS pixels, and its size. @param {Which} which */
export const plotArea = (which = "a") => pane(which).area();

/** The pane of the network whose layers and counts are shown. */
export const chosenPane = () => pane(shown.length > 1 ? state.which : "a");

/** What dragging over a picture does: "zoom", or false for nothing. @param {"zoom" | false} mode */
export function setDragging(mode) {
  shared.dragmode = mode;
  for (const pane of panes()) if (pane.stands && pane.graph) Plotly.relayout(pane.graph, { dragmode: mode });
}

export const shownVersion = () => shown[0]?.header.version;
