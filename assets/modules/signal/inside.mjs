// Folds that are made only while they are open; what the histograms count; the axes of the loss.
import { element, state } from "../core/page.mjs";
import { look } from "../core/view.mjs";

/** What is counted, and the axes of the loss. @typedef {{ histogram?: string, loss_x?: string, loss_y?: string }} Inside */
const folds = () => [...document.querySelectorAll("details[data-fold]")];

export function watchInside() {
  for (const fold of folds()) {
    fold.addEventListener("toggle", () => {
      state.open = folds().filter((one) => one.open).map((one) => one.dataset.fold ?? "");
      look();
    });
  }
  for (const button of quantities()) button.addEventListener("click", () => set({ histogram: button.dataset.histogram }));
  element("loss-log-x").addEventListener("click", () => set({ loss_x: state.loss_x === "log" ? "linear" : "log" }));
  element("loss-log-y").addEventListener("click", () => set({ loss_y: state.loss_y === "log" ? "auto" : "log" }));
  show();
}

const quantities = () => [...element("histogram").querySelectorAll("button")];

/** What a link asks for. @param {Inside} asked */
export function setInside({ histogram, loss_x, loss_y }) {
  const asked = Object.entries({ histogram, loss_x, loss_y }).filter(([, value]) => value);
  Object.assign(state, Object.fromEntries(asked));
  show();
}

/** @param {Inside} change */
function set(change) {
  Object.assign(state, change);
  show();
  look();
}

function show() {
  for (const button of quantities()) button.setAttribute("aria-pressed", String(button.dataset.histogram === state.histogram));
  element("loss-log-x").setAttribute("aria-pressed", String(state.loss_x === "log"));
  element("loss-log-y").setAttribute("aria-pressed", String(state.loss_y === "log"));
}
