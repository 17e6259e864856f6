// A loop that is watched, in a notebook: picture, counts, loss, layer, zoom and hold over the kernel's channel.
const STYLE = `
.cellscope { display: grid; grid-template-columns: minmax(0, 420px) minmax(200px, 1fr); gap: 16px; font: 14px/1.4 system-ui, sans-serif; color: inherit }
.cellscope .picture { position: relative; aspect-ratio: 1; border: 1px solid #8a8f98; touch-action: none }
.cellscope canvas { position: absolute; inset: 0; width: 100%; height: 100%; image-rendering: pixelated }
.cellscope button, .cellscope select { font: inherit; min-height: 36px; padding: 0 12px }
.cellscope dl { display: grid; grid-template-columns: 1fr auto; gap: 2px 12px; margin: 10px 0; font-variant-numeric: tabular-nums }
.cellscope dd { margin: 0; text-align: right }
.cellscope svg { width: 100%; height: 110px; border-bottom: 1px solid #8a8f98 }
.cellscope path { fill: none; stroke: #3b6fd4; stroke-width: 1.5; vector-effect: non-scaling-stroke }
`;
const COLOURS = ["#14171d", "#ffffff", "#c4161c", "#0b5d1e", "#5b2a86", "#8a4b00", "#005f73", "#7a003c", "#3d3d00", "#444444"];
// core/numbers.mjs and watch_numbers.mjs stand before this where it is read.

/** @template {keyof HTMLElementTagNameMap} Tag @param {Tag} tag @param {HTMLElement} parent */
function made(tag, parent, properties = {}) {
  const node = Object.assign(document.createElement(tag), properties);
  parent.append(node);
  return node;
}

/** @typedef {{ send: (message: object) => void, on: (event: string, hear: Hear) => void, off: (event: string, hear: Hear) => void }} Model */
/** @typedef {(message: { type: "start" } & Start | { type: "frame" } & News | { type: "ended" }, buffers: DataView<ArrayBuffer>[]) => void} Hear */
/**
 * What is told once: `words` in the language of the page.
 * @typedef {{ words: Record<string, string>, window: Bounds, points: Point[], labels: number[], layers: string[], layer: number }} Start
 */
/** @typedef {{ about: About, number: number }} News */
/**
 * @typedef {object} About a frame; counts are there where there are any
 * @property {number} step
 * @property {number} layer
 * @property {Bounds} window
 * @property {boolean} exact
 * @property {boolean} held
 * @property {number} [patterns]
 * @property {number} [connected_regions]
 * @property {number} [linear_regions]
 * @property {[step: number, value: number | null][]} loss
 * @property {(number | null)[]} last the loss of this step, if there is one
 * @property {Record<string, number | null>} metrics
 * @property {string} [trouble]
 * @property {number} [faces]
 * @property {string} [why]
 */

/** @param {{ model: Model, el: HTMLElement }} widget */
function render({ model, el }) {
  const root = made("div", el, { className: "cellscope" });
  made("style", root, { textContent: STYLE });
  const place = made("div", root, { className: "picture" });
  const picture = made("canvas", place, { width: 401, height: 401 });
  const dots = made("canvas", place, { width: 802, height: 802 });
  const side = made("div", root);
  const hold = made("button", side, { type: "button" });
  const layers = made("select", side);
  const state = made("p", side);
  const table = made("dl", side);
  const curve = made("div", side);
  let start = /** @type {Start | null} */ (null), number = 0, held = false, window = /** @type {Bounds | null} */ (null);
  let wanted = 0, chosen = /** @type {Bounds | null} */ (null), chosenAt = 0; // the layer and window just chosen here

  const next = () => model.send({ type: "next", after: number, layer: wanted });
  const showHold = (/** @type {boolean} */ value) => {
    if (!start) return; // the kernel has not answered yet
    held = value;
    hold.textContent = held ? start.words.go : start.words.hold;
    hold.setAttribute("aria-pressed", String(held));
  };
  hold.addEventListener("click", () => {
    if (!start) return;
    showHold(!held);
    model.send({ type: "hold", held });
  });
  layers.addEventListener("change", () => {
    wanted = Number(layers.value);
    next();
  });
  const look = (/** @type {Bounds} */ bounds) => {
    [chosen, chosenAt] = [bounds, performance.now()];
    model.send({ type: "look", window: bounds });
    next();
  };
  place.addEventListener("dblclick", () => start && look(start.window));
  place.addEventListener("wheel", (event) => {
    event.preventDefault();
    const from = (performance.now() - chosenAt < 500 && chosen) || window;
    if (!from) return;
    const box = place.getBoundingClientRect();
    const [x0, x1, y0, y1] = from;
    const x = x0 + ((event.clientX - box.left) / box.width) * (x1 - x0);
    const y = y1 - ((event.clientY - box.top) / box.height) * (y1 - y0);
    const factor = event.deltaY > 0 ? 1.25 : 0.8;
    look([x - factor * (x - x0), x + factor * (x1 - x), y - factor * (y - y0), y + factor * (y1 - y)]);
  }, { passive: false });

  function points() {
    const pen = dots.getContext("2d");
    if (!start || !window || !pen) return;
    const { labels } = start;
    const [x0, x1, y0, y1] = window;
    pen.clearRect(0, 0, 802, 802);
    pen.globalAlpha = 0.75;
    start.points.forEach(([x, y], i) => {
      pen.beginPath();
      pen.arc((802 * (x - x0)) / (x1 - x0), (802 * (y1 - y)) / (y1 - y0), 4, 0, 7);
      pen.fillStyle = COLOURS[labels[i] ?? 0];
      pen.fill();
      pen.stroke();
    });
  }

  /** @param {About} about */
  function numbers(about) {
    if (!start) return;
    const { words } = start, rows = rowsOf(about, words, "en");
    table.replaceChildren();
    for (const [name, value] of rows) {
      made("dt", table, { textContent: name });
      made("dd", table, { textContent: String(value) });
    }
    state.textContent = about.trouble ? words[about.trouble].replace("{faces}", String(about.faces ?? "")).replace("{why}", about.why ?? "") : "";
  }

  /** @param {About["loss"]} loss */
  function losses(loss) {
    const finite = loss.flatMap(([step, value]) => (value !== null && value > 0 ? [[step, value]] : []));
    if (finite.length < 2) return;
    const values = finite.map(([, value]) => Math.log10(value));
    const low = Math.min(...values), high = Math.max(...values);
    const from = finite[0][0], span = finite[finite.length - 1][0] - from || 1;
    const path = finite.map(([step], i) => `${(step - from) / span} ${0.98 - (0.96 * (values[i] - low)) / (high - low || 1)}`).join("L");
    curve.innerHTML = `<svg viewBox="0 0 1 1" preserveAspectRatio="none"><path d="M${path}"/></svg>`;
  }

  /** @param {News} news @param {DataView<ArrayBuffer>} image */
  async function draw({ about, number: newest }, image) {
    number = newest;
    if (image.byteLength) {
      const bitmap = await createImageBitmap(new Blob([image], { type: "image/png" }));
      picture.getContext("2d")?.drawImage(bitmap, 0, 0, 401, 401);
    }
    if (about.layer === wanted) wanted = 0;
    if (!wanted) layers.value = String(about.layer);
    picture.style.opacity = about.trouble ? "0.25" : ""; // it is an earlier step's
    if (String(about.window) !== String(window)) {
      window = about.window;
      points();
    }
    numbers(about);
    losses(about.loss);
    if (about.held !== held) showHold(about.held);
    root.dataset.step = String(about.step);
    next();
  }

  /** @type {Hear} */
  function hear(message, buffers) {
    if (message.type === "start") {
      start = message;
      ({ window } = start);
      layers.replaceChildren(...start.layers.map((name, i) => new Option(`${i + 1}  ${name}`, String(i + 1))));
      layers.value = String(start.layer);
      showHold(false);
      wanted = 0;
      points();
      next();
    } else if (message.type === "frame" && start) draw(message, buffers[0]);
    else if (message.type === "ended" && start) state.textContent = start.words.ended;
  }
  model.on("msg:custom", hear);
  model.send({ type: "start" });
  return () => model.off("msg:custom", hear);
}

export default { render };
