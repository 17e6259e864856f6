// A network of one's own: files are opened or dropped, its plane is chosen, what it has no use for is closed.
import { taken, takerOf } from "../core/dropped.mjs";
import { rest } from "../core/elements.mjs";
import { element, field, onLanguage, state, text, wording, write } from "../core/page.mjs";
import { handIn } from "../core/replies.mjs";
import { on, send } from "../core/socket.mjs";
import { toast } from "../core/toast.mjs";
import { lookAt } from "../core/view.mjs";
import { lookAtOther } from "../settings/looks.mjs";

const LARGEST_MIB = 32; // of all files together; a server may have been told to take less
const SUFFIXES = ".npz,.safetensors,.pt,.pth,.ckpt,.bin,.tar,.onnx,.csv,.npy,.pt2,.pkl,.zip,.tsv,.txt,.dat,.html,.md";
const PLANES = ["pca", "inputs", "points"];
// What a file brings along, by the elements of their controls.
const BROUGHT = ["width", "depth", "hidden", "activation", "init", "weight-variance", "bias", "bias-variance", "seed"];
const BROUGHT_DATA = ["dataset", "noise", "samples", "classes", "data-seed"];
const NOT_DRAWN = ["rewind", "reseed", "compare-switch"];
const MOVING = ["play", "step"];
const OF_LAYERS = ["ruler", "code", "average-start"]; // which need weights layer by layer
let turn = Promise.resolve(); // of the files that were opened last
/** @type {Record<string, string>} */
const numbers = { inputs: "1,2", points: "1,2,3" };

export function watchOpening() {
  const input = document.createElement("input");
  Object.assign(input, { type: "file", id: "open-files", accept: SUFFIXES, multiple: true, hidden: true });
  input.addEventListener("change", () => {
    openFiles([...input.files ?? []]);
    input.value = ""; // the same file again is a change, too
  });
  element("open").after(input);
  element("open").addEventListener("click", () => input.click());
  element("opened-close").addEventListener("click", () => send({ type: "close-network" }));
  for (const kind of PLANES) element(`plane-${kind}`).addEventListener("click", () => choosePlane(kind));
  const box = document.createElement("input");
  Object.assign(box, { type: "text", id: "plane-numbers", className: "number-box", autocomplete: "off" });
  wording(box, { label: "plane.numbers" });
  element("plane-box").append(box);
  box.addEventListener("change", () => {
    const kind = plane().split(" ")[0];
    if (kind in numbers) numbers[kind] = box.value;
    choosePlane(kind);
  });
  watchDrops();
  on("opened", show);
  on("welcome", ({ opened }) => !opened && state.opened && show({ name: "" })); // another experiment than before the line was cut
  onLanguage(() => state.opened && close(state.opened));
}

const plane = () => state.opened?.plane ?? "";

/** @param {string} kind */
function choosePlane(kind) {
  write("plane-problem", "");
  send({ type: "plane", plane: kind in numbers ? `${kind} ${numbers[kind].replaceAll(" ", "")}` : kind });
}

/** Files can be dropped anywhere but on a dialog, which may expect others; there the browser is not to leave the page for them. */
function watchDrops() {
  const isFree = (/** @type {On<DragEvent, Window>} */ event) =>
    event.dataTransfer?.types.includes("Files") && !event.defaultPrevented && !event.target.closest?.("input[type=file]");
  const isOurs = (/** @type {On<DragEvent, Window>} */ event) => !event.target.closest?.("dialog[open]");
  const mark = (/** @type {boolean} */ over) => document.body.classList.toggle("dropping", over);
  document.body.dataset.drop = text("open_drop");
  onLanguage(() => (document.body.dataset.drop = text("open_drop")));
  addEventListener("dragover", (event) => {
    if (!isFree(event)) return;
    event.preventDefault();
    if (isOurs(event)) mark(true);
    else if (event.dataTransfer) event.dataTransfer.dropEffect = "none";
  });
  addEventListener("dragleave", (event) => event.relatedTarget || mark(false));
  addEventListener("drop", (event) => {
    mark(false);
    if (!isFree(event)) return;
    event.preventDefault();
    if (isOurs(event)) openFiles([...event.dataTransfer?.files ?? []]);
  });
}

/** In their order: a small file is read sooner than a large one before it. @param {File[]} files */
export function openFiles(files) {
  const before = turn;
  turn = (async () => {
    await before.catch(() => {}); // said when it happened
    await (takerOf(files) ?? openNetwork)(files);
  })();
}

/** @param {File[]} files */
async function openNetwork(files) {
  if (!files.length) return;
  const name = files.map((file) => file.name).join(", ");
  if (files.reduce((sum, file) => sum + file.size, 0) > LARGEST_MIB * 2 ** 20) {
    toast(() => text("open_huge", { name, high: LARGEST_MIB }));
    return;
  }
  toast(() => text("opening", { name }));
  const head = JSON.stringify(files.map((file) => ({ name: file.name, size: file.size })));
  const answer = await handIn(`./open?session=${state.session}`, new Blob([`${head}\n`, ...files]), "open_lost");
  if (answer.say) return toast(answer.say);
  if (!answer.problem) {
    taken();
    lookAtOther();
  }
  const said = answer.problem ?? answer.said;
  toast(said ? () => said[state.language] : "");
}

/** What the server says of the network that is shown; without a name there is none. @param {Opened} message */
function show(message) {
  state.opened = message.name ? message : null;
  element("opened").hidden = !message.name;
  close(message.name ? message : { name: "" });
  if (message.name) {
    write("opened-name", message.name);
    write("opened-said", [message.said, message.why].filter(Boolean).join(" "));
    showPlane(message);
  }
  if (message.refit) (message.anew ? lookAtOther : lookAt)({ window: message.window });
}

/** @param {Opened} opened */
function showPlane({ plane = "", points, inputs }) {
  element("plane-row").hidden = inputs === 2;
  const [kind, said] = plane.split(" ");
  if (kind in numbers) numbers[kind] = said;
  for (const one of PLANES) {
    element(`plane-${one}`).setAttribute("aria-pressed", String(one === kind));
    element(`plane-${one}`).hidden = one !== "inputs" && !points;
  }
  const box = element("plane-numbers");
  box.hidden = !(kind in numbers);
  box.value = numbers[kind] ?? "";
  write("plane-problem", "");
}

/** Take away what this network has no use for, and say why; or give it back. @param {Opened} opened */
function close({ name, points, ownData, trainable, why, graph }) {
  element("network-graph").hidden = !graph;
  element("network-drawn").hidden = Boolean(graph);
  const fit = points ? { text: "button.fit_points", title: "button.fit_points.help" } : { text: "button.whole_window", title: "button.whole_window.help" };
  wording(element("whole-window"), fit);
  const reason = () => text("open_closed", { name });
  for (const id of BROUGHT) shut(id, name && reason());
  for (const id of BROUGHT_DATA) shut(id, name && ownData ? reason() : "");
  for (const id of NOT_DRAWN) shutButton(id, name && text("open_not_drawn"));
  for (const id of OF_LAYERS) shutButton(id, graph && text("open_graph"));
  for (const button of element("precision").querySelectorAll("button")) {
    button.disabled = Boolean(graph) && button.dataset.precision !== "float64";
  }
  for (const id of MOVING) shutButton(id, name && !trainable ? why : "");
}

/** A control with its row. @param {string} id @param {string} reason */
function shut(id, reason) {
  const row = element(id)?.closest(".row");
  if (!row) return;
  row.classList.toggle("closed", Boolean(reason));
  row.title = reason || "";
  for (const node of /** @type {NodeListOf<HTMLInputElement>} */ (row.querySelectorAll("input, select, button, [role=slider]"))) rest(node, "opened", Boolean(reason));
  for (const node of row.querySelectorAll(".range")) node.inert = Boolean(reason);
}

/** @param {string} id @param {string | false | undefined} reason */
function shutButton(id, reason) {
  const button = field(id);
  if (!button) return;
  rest(button, "opened", Boolean(reason));
  if (reason) button.title = reason;
  else if (button.dataset.title) wording(button, {});
}
