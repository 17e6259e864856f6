// The ruler: a line dragged over the picture, and the breakpoints along it.
import { element, state, write } from "../core/page.mjs";
import { dataPoint, drawSpotlight, pictureFrames, withRuler } from "./inspector.mjs";
import { onFrames, setDragging, shownVersion } from "./picture.mjs";
import { on, onWelcome, send } from "../core/socket.mjs";

let measuring = false;
let line = null; // {p, q, marks}: the ends and each network's breakpoints, in data units
let dragging = false;
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
  const [x0, x1, y0, y1] = state.view.window;
  const middle = (y0 + y1) / 2;
  line = { p: [x0, middle], q: [x1, middle], marks: {} };
  ask();
  drawSpotlight();
}

export const isMeasuring = () => measuring;
const hasLine = () => line !== null;

function begin(event) {
  const p = measuring && dataPoint(event);
  if (!p) return;
  event.preventDefault();
  dragging = true;
  line = { p, q: p, marks: {} };
}

function stretch(event) {
  const q = dragging && dataPoint(event);
  if (!q) return;
  line = { ...line, q, marks: {} };
  drawSpotlight();
}

function end() {
  if (!dragging) return;
  dragging = false;
  if (String(line.p) !== String(line.q)) ask();
}

function ask() {
  askedAt = performance.now();
  measured = subject();
  send({ type: "line", p: line.p, q: line.q });
}

/** What is said of the line is of the step and the layer in the picture; one question at a time. */
function follow() {
  if (!line || dragging || subject() === measured || performance.now() - askedAt < ANSWER_MS) return;
  if (String(line.p) !== String(line.q)) ask();
}

const subject = () => [shownVersion(), window.cellscope.compare?.version, state.view.layer].join();

function clear() {
  if (line) send({ type: "line", p: line.p, q: line.p }); // without length: the chart has none, either
  line = null;
  write("ruler-answer", "");
  drawSpotlight();
}

/** The server's answer: how many breakpoints, and where; of two networks, for both. */
function showLine(answer) {
  askedAt = -Infinity;
  if (!line) return;
  const { other } = answer;
  line.marks = { a: answer.points, b: other?.points };
  write("ruler-answer", other ? `A: ${answer.text} · B: ${other.text}` : answer.text);
  drawSpotlight();
  follow(); // there may have been frames meanwhile
}

/** Draw the line over the spotlight. */
function draw(context, area, ink, halo, which) {
  if (!line) return;
  const [from, to] = [line.p, line.q].map(([x, y]) => [area.x(x), area.y(y)]);
  for (const [colour, width] of [[halo, 5], [ink, 2]]) {
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
