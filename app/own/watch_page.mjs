// The live page of a loop that is watched: its picture, numbers, curve and what stands beside them, asked for again and again.
// It is put into watch.html, behind `WORDS` (the texts), core/numbers.mjs and watch_numbers.mjs.

/**
 * What is told once.
 * @typedef {{ window: Bounds, points: Point[], labels: number[], layers: string[], layer: number }} Start
 */
/**
 * Small pictures of the layers, and the signal in them.
 * @typedef {{ number: number, step: number, strip: string[], signal: { variance: number | null, delta: number | null }[] }} Beside
 */
/** A frame in numbers; counts are there where there are any. @typedef {import("./watch_widget.mjs").About} About */

const words = WORDS;
const at = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const holding = /** @type {HTMLButtonElement} */ (at("hold"));
const layers = /** @type {HTMLSelectElement} */ (at("layer"));
const cells = /** @type {HTMLCanvasElement} */ (at("cells"));
/** @type {Seen} */
const shown = { frames: 0, step: 0, exact: true };
window.cellscope = shown;
// All pages of a loop look at one picture: what another one chooses is to be seen here, too.
let layer = 0, wanted = 0, newest = 0, held = false, ended = false; // wanted: the layer just chosen here, until it is shown
let drawn = /** @type {Bounds | null} */ (null), whole = /** @type {Bounds | null} */ (null); // the window of the picture, and that at first
let chosen = /** @type {Bounds | null} */ (null); // that the wheel has come to, for a moment
let chosenAt = 0;
const CHOSEN_MS = 500;
let start = /** @type {Start | null} */ (null);

for (const [id, word] of [["title", "title"], ["layer-name", "layer"], ["loss-name", "curve"], ["about", "about"]])
  at(id).textContent = words[word];
cells.setAttribute("aria-label", words.picture);
at("loss").setAttribute("aria-label", words.curve);

// The curve is sent and drawn this often: faster no one sees it, and the core is the loop's.
const CURVE_MS = 250;
let curveDue = 0, isWhole = true; // whether the curve on screen is the newest picture's

const language = document.documentElement.lang;
/** @type {(value: number | null) => string} */
const digits = (value) => digitsIn(value, language);

/** @param {boolean} value */
function hold(value) {
  held = value;
  at("hold").textContent = held ? words.go : words.hold;
  at("hold").setAttribute("aria-pressed", String(held));
}
at("hold").onclick = () => {
  hold(!held);
  post(held ? "hold" : "go");
};
layers.onchange = () => showLayer(wanted = Number(layers.value));

/** @param {number} value */
function showLayer(value) {
  layer = value;
  layers.value = String(layer);
  for (const [k, button] of [...at("strip").children].entries()) button.setAttribute("aria-pressed", String(k + 1 === layer));
}

/** @param {About} about */
function table(about) {
  const rows = rowsOf(about, words, language);
  const texts = rows.flat().map(String), there = at("numbers").children;
  if (there.length !== texts.length)
    at("numbers").replaceChildren(...texts.map((_, i) => document.createElement(i % 2 ? "dd" : "dt")));
  for (const [i, text] of texts.entries()) if (there[i].textContent !== text) there[i].textContent = text;
}

/** @param {About["loss"]} loss */
function curve(loss) {
  const finite = loss.flatMap(([step, value]) => (value === null ? [] : [[step, value]]));
  if (finite.length < 2) return;
  const logs = finite.flatMap(([, value]) => (value > 0 ? [Math.log10(value)] : []));
  const useLogs = logs.length === finite.length;
  const values = useLogs ? logs : finite.map(([, value]) => value);
  const low = Math.min(...values), high = Math.max(...values) || 1;
  const first = finite[0][0], span = finite[finite.length - 1][0] - first || 1;
  const points = finite.map(([step], i) =>
    `${(step - first) / span} ${1 - 0.96 * (values[i] - low) / (high - low || 1) - 0.02}`);
  at("loss").firstElementChild?.setAttribute("d", "M" + points.join("L"));
}

/** @param {Blob} image */
async function paint(image) {
  const next = await createImageBitmap(image);
  if (cells.width !== next.width) [cells.width, cells.height] = [next.width, next.height];
  cells.getContext("2d")?.drawImage(next, 0, 0);
  next.close();
}

/** @param {Response} response @param {boolean} withCurve */
async function draw(response, withCurve) {
  /** @type {About} */
  const about = JSON.parse(response.headers.get("X-About") ?? "");
  newest = Number(response.headers.get("X-Frame"));
  const image = await response.blob();
  if (image.size) await paint(image);
  frame(about.window);
  if (about.layer === wanted) wanted = 0;
  if (!wanted && about.layer !== layer) showLayer(about.layer);
  cells.style.opacity = about.trouble ? "0.25" : ""; // it is an earlier step's
  table(about);
  isWhole = withCurve;
  if (withCurve) curve(about.loss);
  const trouble = about.trouble ? words[about.trouble].replace("{faces}", String(about.faces ?? "")).replace("{why}", about.why ?? "") : "";
  at("state").textContent = trouble;
  if (about.held !== held) hold(about.held);
  Object.assign(shown, { frames: shown.frames + 1, step: about.step, exact: about.exact });
}

/** @param {string} path @param {string} [body] */
const post = (path, body) => fetch(path, { method: "POST", headers: { "X-Cellscope": "1" }, body }).catch(() => {});

/** @param {Bounds} bounds */
function look(bounds) {
  [chosen, chosenAt] = [bounds, performance.now()];
  post("look", JSON.stringify(bounds));
}
const picture = /** @type {HTMLElement} */ (document.querySelector(".picture"));
picture.addEventListener("wheel", (event) => {
  const from = (performance.now() - chosenAt < CHOSEN_MS && chosen) || drawn;
  if (!from) return;
  event.preventDefault();
  const box = picture.getBoundingClientRect(), [x0, x1, y0, y1] = from;
  const x = x0 + (event.clientX - box.left) / box.width * (x1 - x0);
  const y = y1 - (event.clientY - box.top) / box.height * (y1 - y0);
  const factor = event.deltaY > 0 ? 1.25 : 0.8;
  look([x - factor * (x - x0), x + factor * (x1 - x), y - factor * (y - y0), y + factor * (y1 - y)]);
}, { passive: false });
picture.addEventListener("dblclick", () => whole && look(whole));

async function begin() {
  /** @type {Start} */
  const told = await (await fetch("start")).json();
  start = told;
  whole = told.window;
  drawn = null;
  layers.replaceChildren(...told.layers.map((name, i) => new Option(`${i + 1}  ${name}`, String(i + 1))));
  [layer, wanted] = [told.layer, 0];
  layers.value = String(layer);
  holding.disabled = false;
}

/** The points in the picture's own window. @param {Bounds} bounds */
function frame(bounds) {
  if (!start || String(bounds) === String(drawn)) return;
  drawn = bounds;
  const { points, labels } = start, [x0, x1, y0, y1] = bounds;
  at("window").textContent = `x ${digits(x0)} … ${digits(x1)}, y ${digits(y0)} … ${digits(y1)}`;
  at("points").setAttribute("viewBox", "0 0 100 100");
  const colours = ["#14171d", "#ffffff", "#c4161c", "#0b5d1e", "#5b2a86", "#8a4b00", "#005f73", "#7a003c", "#3d3d00", "#444"];
  at("points").innerHTML = points.map(([x, y], i) => {
    const fill = colours[labels[i] ?? 0];
    return `<circle r=".5" cx="${100 * (x - x0) / (x1 - x0)}" cy="${100 * (y1 - y) / (y1 - y0)}" fill="${fill}" fill-opacity=".75" stroke="#5b616b" stroke-width=".15" />`;
  }).join("");
}

/** @param {string} name @param {(number | null)[]} values */
function bars(name, values) {
  const logs = values.map((value) => value !== null && value > 0 ? Math.log10(value) : null);
  const known = logs.filter((value) => value !== null);
  const top = Math.max(...known), low = Math.min(...known, top - 1);
  const host = document.createElement("div"), title = document.createElement("div"), row = document.createElement("div");
  title.className = "about";
  title.textContent = name;
  row.className = "bars";
  row.setAttribute("role", "img");
  row.setAttribute("aria-label", `${name}: ${values.map(digits).join(", ")}`);
  for (const [k, log] of logs.entries()) {
    const bar = document.createElement("i");
    bar.style.height = log === null ? "0" : `${5 + 95 * (log - low) / (top - low || 1)}%`;
    bar.title = `${k + 1}: ${digits(values[k])}`;
    row.append(bar);
  }
  host.append(title, row);
  return host;
}

let besides = 0;
async function beside() {
  await seen();
  try {
    const response = await fetch(`beside?after=${besides}`);
    if (response.status === 200 && start) {
      const { number: last, step, strip, signal } = /** @type {Beside} */ (await response.json());
      const names = start.layers;
      besides = last;
      at("strip").replaceChildren(...strip.map((image, k) => {
        const button = document.createElement("button"), small = new Image();
        small.src = `data:image/png;base64,${image}`;
        small.alt = names[k];
        button.type = "button";
        button.setAttribute("aria-pressed", String(k + 1 === layer));
        button.append(small, String(k + 1));
        button.onclick = () => showLayer(wanted = k + 1);
        return button;
      }));
      const made = [];
      if (signal.length) made.push(bars(words.signal.replace("{step}", String(step)), signal.map((row) => row.variance)));
      if (signal.some((row) => row.delta !== null)) made.push(bars(words.gradient.replace("{step}", String(step)), signal.map((row) => row.delta)));
      at("signal").replaceChildren(...made);
    }
  } catch {
    besides = 0;
  }
  setTimeout(beside, 1000);
}

/** Once somebody sees the page: a hidden one costs the loop nothing. */
async function seen() {
  while (document.hidden) await new Promise((done) => document.addEventListener("visibilitychange", done, { once: true }));
}

async function run() {
  hold(false);
  for (;;) {
    await seen();
    try {
      if (!layers.options.length || ended) { await begin(); ended = false; }
      const now = performance.now(), isDue = now >= curveDue;
      if (isDue) curveDue = now + CURVE_MS;
      const response = await fetch(`frame?after=${newest}&layer=${wanted}&curve=${isDue ? 1 : 0}`);
      if (response.status === 200) await draw(response, isDue);
      else if (!isWhole) [newest, curveDue] = [newest - 1, 0]; // nothing moves: the rest of its curve
    } catch {
      ended = true;
      newest = 0;
      at("state").textContent = words.ended;
      holding.disabled = true;
      await new Promise((done) => setTimeout(done, 1000));
    }
  }
}
run();
beside();
