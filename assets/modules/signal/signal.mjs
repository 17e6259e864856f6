// The signal tab: formats, averages over many draws, networks that go on far deeper.
import { element, state, text, write } from "../core/page.mjs";
import { onJob, send } from "../core/socket.mjs";
import { look } from "../core/view.mjs";
import { writeLink } from "../core/link.mjs";

/** @type {Record<string, boolean>} */
const running = { average: false, deeper: false };

export function watchSignal() {
  for (const button of precisions()) {
    button.addEventListener("click", () => choosePrecision(button.dataset.precision ?? ""));
  }
  watchJob("average", () => ({ draws: element("average-draws").value.trim() }));
  watchJob("deeper", () => ({}));
  show();
}

const precisions = () => [...element("precision").querySelectorAll("[data-precision]")];

/** @param {string} name */
function choosePrecision(name) {
  if (name === state.precision) return;
  setPrecision(name);
  writeLink();
  look();
}

/** What a link asks for, or a click. @param {string} name */
export function setPrecision(name) {
  state.precision = name;
  show();
}

function show() {
  for (const button of precisions()) {
    button.setAttribute("aria-pressed", String(button.dataset.precision === state.precision));
  }
}

/** A button that starts a job, then cancels it; its bar and its state in words. @param {string} kind @param {() => object} values */
function watchJob(kind, values) {
  const button = element(`${kind}-start`);
  button.addEventListener("click", () => {
    for (const field of [`${kind}-draws-problem`, `${kind}-problem`]) write(field, "");
    if (running[kind]) send({ type: `${kind}-cancel` });
    else send({ type: `${kind}-start`, ...values() });
  });
  onJob(kind, ({ status, done, total, text: said }) => {
    running[kind] = status === "running";
    const bar = /** @type {HTMLProgressElement} */ (element(`${kind}-bar`));
    bar.value = done / total;
    bar.classList.toggle("running", running[kind]);
    write(`${kind}-state`, status === "finished" ? "" : said);
    button.textContent = text(running[kind] ? "cancel" : kind);
  });
}
