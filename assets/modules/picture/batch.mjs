// After a single step: rings around the training points that it has learnt from, until the step is another one.
import { element, state, write } from "../core/page.mjs";
import { on, send } from "../core/socket.mjs";
import { recall, remember } from "../core/memory.mjs";
import { drawSpotlight, onSpotlight } from "./inspector.mjs";
import { onFrames, shownHeaders } from "./picture.mjs";

const RADIUS = 5.5; // px
const KEPT = "cellscope-batch";
/** @type {Messages["batch"] | null} */
let batch = null; // the answer: {step, points: of each network}
let before = recall(KEPT, "sessionStorage"); // what was ringed as this page was left
/** @type {number | null} */
let asked = null; // the step from which a single one was taken, until the picture has it

export function watchBatch() {
  onSpotlight({ isShown, draw });
  on("batch", (answer) => {
    batch = answer.points[0].length && isOfPicture(answer) ? answer : null;
    say();
  });
  element("step").addEventListener("click", () => (asked = state.step));
  onFrames(follow);
}

const isShown = () => batch !== null && !state.covered;

/** Whether the picture is of that step of that run: another branch has the same numbers. @param {Messages["batch"]} answer */
const isOfPicture = ({ run, step }) => shownHeaders()[0]?.run === run && shownHeaders()[0].shownStep === step;

/** Another state is on screen. */
function follow() {
  const { step, status } = state;
  const still = status !== "training";
  if (before !== null && before === here() && still) send({ type: "batch" });
  before = null;
  if (asked !== null && step !== asked) {
    if (still) send({ type: "batch" });
    asked = null;
  }
  if (batch && (!isOfPicture(batch) || !still)) {
    batch = null;
    say();
  }
}

const here = () => `${state.session} ${state.step}`;

function say() {
  remember(KEPT, batch ? here() : "", "sessionStorage");
  write("batch-text", batch && isShown() ? batch.text : "");
  drawSpotlight();
}

/** @type {Overlay["draw"]} */
function draw(context, area, ink, halo, pane) {
  if (!batch || !isShown()) return;
  const path = new Path2D();
  for (const [x, y] of batch.points[pane === "b" ? 1 : 0] ?? []) { // an earlier step beside it has none
    path.moveTo(area.x(x) + RADIUS, area.y(y));
    path.arc(area.x(x), area.y(y), RADIUS, 0, 7);
  }
  for (const [colour, width] of /** @type {[string, number][]} */ ([[halo, 3.6], [ink, 1.5]])) {
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke(path);
  }
}
