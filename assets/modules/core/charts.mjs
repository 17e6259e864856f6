// Charts: the server's figures in their places, one at a time and none that a hand would have to wait for.
// Those of the first look are Dash's graphs; Plotly draws the others into boxes of our own, once they are seen.
import { dressed } from "./figures.mjs";
import { inHand } from "./hand.mjs";
import { element } from "./state.mjs";

const LOOK_MS = 100; // from look to look whether a hand still moves
const QUICK_MS = 12; // a chart that takes no longer follows a hand
const REST_MS = 1500; // from the last figure until Dash has it, too
/** @type {Map<string, Figure>} */
const figures = new Map(); // graph's id -> its figure as the server made it
/** @type {Map<string, Figure>} */
const late = new Map(); // graph's id -> the figure that is to be drawn
/** @type {Map<string, number>} */
const took = new Map(); // graph's id -> ms for its last figure
/** @type {Map<string, number>} */
const resting = new Map(); // graph's id -> the timer of its rest
/** @type {Map<string, string>} */
const sizes = new Map(); // graph's id -> the size of its place as it was drawn
const resized = new ResizeObserver((changes) => changes.forEach(({ target }) => fitAgain(/** @type {HTMLElement} */ (target))));
const CONFIG = { displaylogo: false, displayModeBar: false, showTips: false }; // Plotly speaks English
let timer = 0;

/** Show a figure in a graph; it gets the page's text size. @param {string} id @param {Figure} figure */
export function showFigure(id, figure) {
  late.set(id, figure);
  timer ||= setTimeout(release);
}

/** Once its newest figure is drawn: what is said beside it came with that. @param {string} id */
export async function whenDrawn(id) {
  while (late.has(id)) await new Promise((next) => setTimeout(next, 20));
}

/** One chart at a time, and under a hand only quick ones: a slow one takes what several pictures take. */
function release() {
  timer = 0;
  const next = [...late].find(([id]) => canDraw(id) && (!inHand() || (took.get(id) ?? Infinity) < QUICK_MS));
  if (next) draw(...next);
  if (late.size) timer = setTimeout(release, next && !inHand() ? 0 : LOOK_MS);
}

/** A box of our own, where Plotly draws as soon as it is loaded and somebody sees it. @param {HTMLElement} place */
const isOurs = (place) => place.matches(".late-graph");
/** Dash loads Plotly for its own graphs. @param {string} id */
const canDraw = (id) => Boolean(window.Plotly) || !isOurs(element(id));

/** By Plotly itself, as Dash takes as long again; Dash hears of it once no more figures come. @param {string} id @param {Figure} figure */
function draw(id, figure) {
  late.delete(id);
  figures.set(id, figure);
  clearTimeout(resting.get(id));
  const place = element(id), ours = isOurs(place);
  resized.observe(place);
  sizes.set(id, sizeOf(place));
  if (ours && !place.clientHeight) return; // until it is seen
  const begun = performance.now();
  const shown = dressed(figure, place.clientHeight);
  const graph = ours ? boxIn(place) : /** @type {Graph} */ (place.querySelector(".js-plotly-plot:not(.dash-graph--pending)"));
  if (!ours && !graph?._fullLayout) return tellDash(id, shown);
  Plotly.react(graph, shown.data, { autosize: true, ...shown.layout }, ours ? CONFIG : undefined);
  took.set(id, performance.now() - begun);
  if (!ours) resting.set(id, setTimeout(tellDash, REST_MS, id, shown));
}

/** @param {HTMLElement} place */
function boxIn(place) {
  if (!place.firstElementChild) place.append(document.createElement("div"));
  return /** @type {Graph} */ (place.firstElementChild);
}

const sizeOf = (/** @type {HTMLElement} */ place) => `${place.clientWidth} ${place.clientHeight}`;

/** Its place has another size, or is seen at last. @param {HTMLElement} place */
function fitAgain(place) {
  const figure = figures.get(place.id);
  if (figure && place.clientHeight && sizes.get(place.id) !== sizeOf(place) && !late.has(place.id)) showFigure(place.id, figure);
}

/** @type {(id: string, figure: Figure) => void} */
const tellDash = (id, figure) => window.dash_clientside.set_props(id, { figure });

/** No chart any more, until the server sends it again. */
export function blankFigures() {
  const none = { visible: false };
  late.clear();
  for (const id of figures.keys()) draw(id, { data: [], layout: { xaxis: none, yaxis: none } });
}

/** Every chart once more: the text has another size. */
export function dressAgain() {
  for (const [id, figure] of figures) showFigure(id, figure);
}
