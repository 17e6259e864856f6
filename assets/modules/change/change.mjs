// What training changes from picture to picture, beside the loss; of a stretch every single step.
import { showFigure } from "../core/charts.mjs";
import { element, onLanguage, state, text, wording, write } from "../core/page.mjs";
import { bring } from "../core/steps.mjs";
import { on, onJob, send } from "../core/socket.mjs";

const USUAL = 50; // steps that are offered: the newest ones
const LABELS = { first: "change.first", last: "change.last" };
/** @type {Record<string, HTMLInputElement>} */
const boxes = {};
const button = Object.assign(document.createElement("button"), { id: "change-show", type: "button", className: "toggle" });
let stretch = false; // whether the chart shows one
let running = false;

export function watchChange() {
  for (const [end, label] of Object.entries(LABELS)) {
    boxes[end] = Object.assign(document.createElement("input"), { id: `change-${end}`, type: "text", inputMode: "numeric", className: "number-box", autocomplete: "off" });
    wording(boxes[end], { label });
    boxes[end].addEventListener("keydown", ({ key }) => key === "Enter" && ask());
  }
  const said = document.createElement("span");
  wording(said, { text: "change.steps" });
  element("change-steps").append(said, boxes.first, "–", boxes.last, button);
  button.addEventListener("click", () => (running || stretch ? send({ type: "change-run" }) : ask()));
  on("change", show);
  onJob("change", ({ status }) => {
    running = status === "running";
    sayButton();
  });
  onLanguage(sayButton);
  sayButton();
}

/** What is not written is the newest steps. */
function ask() {
  write("change-steps-problem", "");
  const last = boxes.last.value.trim() || String(state.step);
  const first = boxes.first.value.trim() || String(Math.max(0, Number(last) - USUAL) || 0);
  Object.assign(boxes.first, { value: first });
  Object.assign(boxes.last, { value: last });
  send({ type: "change-steps", first, last });
}

/** @param {Messages["change"]} message */
function show(message) {
  stretch = message.stretch;
  bring("change", message.step);
  showFigure("change", message.figure);
  write("change-caption", message.caption);
  sayButton();
}

const sayButton = () => write("change-show", text(running ? "cancel" : stretch ? "change_run" : "change_show"));
