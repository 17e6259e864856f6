// The ruler: a line dragged over the picture, and the breakpoints along it.
import { across, writeLink } from "../core/link.mjs";
import { element, state, write } from "../core/page.mjs";
import { dataPoint, drawSpotlight, pictureFrames, withRuler } from "./inspector.mjs";
import { onFrames, setDragging, shownVersion } from "./picture.mjs";
import { on, onWelcome, send } from "../core/socket.mjs";

let measuring = false;
/** @type {{ p: Point, q: Point, marks: { a?: number[], b?: number[] } } | null} */
let line = null; // {p, q, marks}: the ends and each network's breakpoints, in data units
/** @type {Point | null} */
let from = null; // where the drag under way began
let measured = ""; // the networks and the layer that were last asked about
let askedAt = -Infinity; // while an answer is on its way
const ANSWER_MS = 2000; // after which it is no longer waited for

export function watchRuler() {
  withRuler({ isMeasuring, hasLine, draw });
  on("line", showLine);
  element("ruler").addEventListener("click", () => {
    measuring = !measuring;
    element("ruler").setAttribute("aria-pressed", String(measuring));
    document.documentElement.classList.toggle("measuring", measuring); // a finger draws, too
    setDragging(measuring ? false : "zoom");
    if (!measuring) clear();
  });
  for (const frame of pictureFrames()) {
    frame.addEventListener("pointerdown", begin);
    frame.addEventListener("pointermove", stretch);
  }
  window.addEventListener("pointerup", end);
  window.addEventListener("tab", acrossPicture);
  onWelcome(() => line && ask());
  onFrames(follow);
}

/** The tab of the line needs one: first across the middle of the picture. */
function acrossPicture() {
  if (state.tab !== "line") return;
  if (element("ruler").disabled) return; // of a network that is followed along no line
  if (!measuring) element("ruler").click();
  if (line) return;
  lay(across(state.view.window));
  ask();
}

/** The line that a link names; one that is there stays, as when the line to the server is new. @param {Ends | null} ends */
export function openLine(ends) {
  if (!ends || line) return;
  if (!measuring) element("ruler").click();
  if (measuring) lay(ends); // not where the button is out of use
}

/** @param {Ends} ends */
function lay([x0, y0, x1, y1]) {
  line = { p: [x0, y0], q: [x1, y1], marks: {} };
  keep();
  drawSpotlight();
}

/** In the address, too. */
function keep() {
  state.line = line && [...line.p, ...line.q];
  writeLink();
}

export const isMeasuring = () => measuring;
const hasLine = () => line !== null;

/** @param {On<PointerEvent>} event */
function begin(event) {
  const p = measuring && dataPoint(event);
  if (!p) return;
  event.preventDefault();
  from = p; // a click alone leaves the line that is there
}

/** @param {On<PointerEvent>} event */
function stretch(event) {
  const q = from && dataPoint(event);
  if (!from || !q) return;
  if (line?.p !== from) write("ruler-answer", ""); // said of another line
  line = { p: from, q, marks: {} };
  drawSpotlight();
}

function end() {
  if (!from) return;
  const drawn = line?.p === from ? line : null;
  from = null;
  if (!drawn) return;
  const [p, q] = [finely(drawn.p), finely(drawn.q)];
  if (String(p) === String(q)) return clear();
  lay([...p, ...q]);
  ask();
}

/** To less than a pixel, so that the address stays short. @param {Point} point @returns {Point} */
function finely(point) {
  const [x0, x1] = state.view.window;
  const places = Math.min(20, Math.max(0, 3 - Math.floor(Math.log10(x1 - x0))));
  const [x, y] = point.map((v) => Number(v.toFixed(places)));
  return [x, y];
}

function ask() {
  if (!line) return;
  askedAt = performance.now();
  measured = subject();
  send({ type: "line", p: line.p, q: line.q });
}

/** What is said of the line is of the step and the layer in the picture; one question at a time. */
function follow() {
  if (!line || from || subject() === measured || performance.now() - askedAt < ANSWER_MS) return;
  if (String(line.p) !== String(line.q)) ask();
}

const subject = () => [shownVersion(), window.cellscope.compare?.version, state.view.layer].join();

function clear() {
  if (line) send({ type: "line", p: line.p, q: line.p }); // without length: the chart has none, either
  line = null;
  keep();
  write("ruler-answer", "");
  drawSpotlight();
}

/** The server's answer: how many breakpoints, and where; of two networks, for both. @param {LineAnswer} answer */
function showLine(answer) {
  const { other } = answer;
  if (line && String([line.p, line.q]) !== String([answer.p, answer.q])) return; // another has been drawn since
  askedAt = -Infinity;
  if (!line) return;
  line.marks = { a: answer.points, b: other?.points };
  write("ruler-answer", other ? `A: ${answer.text} · B: ${other.text}` : answer.text);
  drawSpotlight();
  follow(); // there may have been frames meanwhile
}

/** Draw the line over the spotlight. @type {Overlay["draw"]} */
function draw(context, area, ink, halo, which) {
  if (!line) return;
  const [from, to] = [line.p, line.q].map(([x, y]) => /** @type {Point} */ ([area.x(x), area.y(y)]));
  for (const [colour, width] of /** @type {[string, number][]} */ ([[halo, 5], [ink, 2]])) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
  }
  context.fillStyle = ink;
  const marks = line.marks[which] ?? [];
  for (let k = 0; k < marks.length; k += 2) {
    context.beginPath();
    context.arc(area.x(marks[k]), area.y(marks[k + 1]), 3.2, 0, 7);
    context.fill();
  }
}
