// Charts: the server's figures in Dash's graphs, one at a time and none that a hand would have to wait for.
import { dressed } from "./figures.mjs";
import { inHand } from "./hand.mjs";
import { element } from "./state.mjs";

const LOOK_MS = 100, LATEST_MS = 1000; // so long one waits at most: drawing it takes what several pictures take
const REST_MS = 1500; // from the last figure until Dash has it, too
const figures = new Map(); // graph's id -> its figure as the server made it
const late = new Map(); // graph's id -> what came for it while a hand moved
const resting = new Map(); // graph's id -> the timer of its rest
let timer = 0;
let releasedAt = 0;

/** Show a figure in a graph; it gets the page's text size. */
export function showFigure(id, figure) {
  if (inHand()) return wait(id, figure);
  late.delete(id);
  draw(id, figure);
}

function wait(id, figure) {
  if (!late.size) releasedAt = performance.now();
  late.set(id, figure);
  timer ||= setTimeout(release, LOOK_MS);
}

/** One chart at a time. */
function release() {
  timer = 0;
  const [first] = late;
  if (!first) return;
  if (!inHand() || performance.now() - releasedAt >= LATEST_MS) {
    late.delete(first[0]);
    draw(...first);
    releasedAt = performance.now();
  }
  if (late.size) timer = setTimeout(release, LOOK_MS);
}

/** By Plotly itself, as Dash takes as long again; Dash hears of it once no more figures come. */
function draw(id, figure) {
  figures.set(id, figure);
  clearTimeout(resting.get(id));
  const shown = dressed(figure, element(id)?.clientHeight);
  const graph = element(id)?.querySelector(".js-plotly-plot:not(.dash-graph--pending)");
  if (!graph?._fullLayout) return tellDash(id, shown);
  Plotly.react(graph, shown.data, { autosize: true, ...shown.layout });
  resting.set(id, setTimeout(tellDash, REST_MS, id, shown));
}

const tellDash = (id, figure) => window.dash_clientside.set_props(id, { figure });

/** No chart any more, until the server sends it again. */
export function blankFigures() {
  const none = { visible: false };
  for (const id of figures.keys()) showFigure(id, { data: [], layout: { xaxis: none, yaxis: none } });
}

/** Every chart once more: the text has another size. */
export function dressAgain() {
  for (const [id, figure] of figures) showFigure(id, figure);
}
