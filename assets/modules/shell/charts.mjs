// Every chart of the right column can be saved: as it stands there, with its title and caption.
import { whenDrawn } from "../core/charts.mjs";
import { isSeen } from "../core/elements.mjs";
import { element, text, wording, written } from "../core/page.mjs";
import { panes } from "../picture/picture.mjs";
import { stepOf } from "../core/steps.mjs";
import { download } from "../core/download.mjs";
import { documentOf, escaped, paragraphs, plotted, pngOf, rastered, widthOf } from "../core/svg.mjs";

const PAD = 16;
const SCALE = 3; // pixels of a PNG per px
const CHARTS = ".right .dash-graph";

export function watchCharts() {
  for (const host of document.querySelectorAll(CHARTS)) keepAfter(host.id, saver(host));
}

/**
 * Its menu stays after a chart, also when Dash, which has loaded Plotly, puts another element in the chart's place.
 * @param {string} id @param {HTMLElement} menu
 */
function keepAfter(id, menu) {
  const place = () => element(id).nextElementSibling === menu || element(id).after(menu);
  place();
  const section = /** @type {HTMLElement} */ (element(id).parentElement);
  new MutationObserver(place).observe(section, { childList: true });
}

/** The chart's menu; it lies over the chart's lower corner, where there is no legend. @param {HTMLElement} host */
function saver(host) {
  const menu = document.createElement("details");
  menu.className = "chart-save";
  const summary = document.createElement("summary");
  wording(summary, { title: "page.save_chart", label: "page.save_chart" });
  const items = document.createElement("div");
  items.className = "menu";
  for (const kind of ["png", "svg"]) {
    const item = document.createElement("button");
    Object.assign(item, { type: "button", className: "menu-item", textContent: kind.toUpperCase() });
    item.dataset.saveChart = `${host.id}-${kind}`;
    item.addEventListener("click", () => {
      menu.open = false;
      save(element(host.id), kind); // Dash puts another one in its place when it has loaded Plotly
    });
    items.append(item);
  }
  menu.append(summary, items);
  const leave = (/** @type {FocusEvent} */ { relatedTarget }) => menu.contains(relatedTarget) || (menu.open = false);
  menu.addEventListener("focusout", leave);
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    summary.focus();
  });
  return menu;
}

/** @param {HTMLElement} host @param {string} kind */
async function save(host, kind) {
  const chart = await chartOf(host);
  const name = `${chart.name}.${kind}`;
  if (kind === "svg") return download(chart.svg, name, "image/svg+xml");
  download(await pngOf(await rastered(chart.svg, SCALE)), name);
}

/** The chart on screen, if there is one. */
export const shownChart = () =>
  [...document.querySelectorAll(CHARTS)].find((host) => isSeen(host) && host.querySelector(".js-plotly-plot"));

/** Plotly's element, once it has drawn what was said last, and how. @param {HTMLElement} host */
async function graphOf(host) {
  await whenDrawn(host.id);
  for (;;) {
    const graph = /** @type {Graph | null} */ (host.querySelector(".js-plotly-plot"));
    if (graph?._fullLayout) return { graph, full: graph._fullLayout };
    await new Promise((next) => setTimeout(next, 50));
  }
}

/**
 * A chart as {svg, width, height, name}, below its section's title and what stands between.
 * @param {HTMLElement} host @returns {Promise<Drawing>}
 */
export async function chartOf(host) {
  const { graph, full } = await graphOf(host);
  const style = getComputedStyle(document.documentElement);
  const [ground, ink, ink2] = ["--surface", "--ink", "--ink2"].map((name) => style.getPropertyValue(name).trim());
  const size = Math.max(12, Math.min(24, parseFloat(style.fontSize)));
  const { width, height: high } = full;
  const section = /** @type {HTMLElement} */ (host.closest(".panel"));
  const step = stepOf(/panel-(\w+)/.exec(section.className)?.[1] ?? "");
  const said = [...captions(host, section), ...networksAt(step)];
  /** @type {import("../core/svg.mjs").Paragraph[]} */
  const parts = [[headOf(host, section), 650, ink], ...said.map((line) => /** @type {import("../core/svg.mjs").Paragraph} */ ([line, 400, ink2]))];
  const head = paragraphs(parts, { x: PAD, y: PAD / 2, width, size });
  const marks = keysOf(host, section, { x: PAD, y: PAD / 2 + head.height + 6, width, size, ink2 });
  const top = PAD / 2 + head.height + marks.height + 10;
  const figure = { data: graph.data, layout: { ...graph.layout, width, height: high, autosize: false } };
  const drawn = await plotted(figure, { width, height: high }, { x: PAD, y: top });
  const [all, tall] = [Math.ceil(width + 2 * PAD), Math.ceil(top + high + PAD)];
  const svg = documentOf({ width: all, height: tall, ground, title: `Cellscope: ${parts[0][0]}`, body: head.svg + marks.svg + drawn });
  return { svg, width: all, height: tall, name: `cellscope-${host.id}${step === undefined ? "" : `-step-${step}`}` };
}

/** Which networks a chart of a step shows: as their pictures say, if they are of the same step. @param {number | undefined} step */
function networksAt(step) {
  if (step === undefined) return [];
  const headers = panes().map((pane) => pane.last?.header);
  const same = headers.flatMap((header) => (header?.shownStep === step ? [header] : []));
  if (same.length < headers.length) return [text("at_step", { step: written(step) })];
  return same.map(({ which, named }) => (which ? `${which.toUpperCase()}: ${named}` : named));
}

/** @param {HTMLElement} section @param {string} selector */
const seenIn = (section, selector) => [...section.querySelectorAll(selector)].filter(isSeen);
/** A node's words, but not those of the button that unfolds more. @param {HTMLElement} node */
const saidBy = (node) => `${worded(node)} ${afterOf(node)}`.replace(/\s+/g, " ").trim();
/** @param {HTMLElement} node */
function worded(node) {
  const button = node.querySelector(".more")?.innerText;
  return button ? node.innerText.replace(button, "") : node.innerText;
}
/** What the style sheet has said after a text: of two networks, whose it is. @param {HTMLElement} node */
const afterOf = (node) => [node, ...node.querySelectorAll("*:not(.more)")]
  .map((part) => /^"(.*)"$/.exec(getComputedStyle(part, "::after").content)?.[1] ?? "").join("");

/** What a chart is called: of several in a section its own name, too. @param {HTMLElement} host @param {HTMLElement} section */
function headOf(host, section) {
  const own = host.parentElement?.querySelector(".sweep-chart-title");
  return [seenIn(section, "h2")[0], ...(own ? [own] : [])].filter(Boolean).map(saidBy).join(" · ");
}

/** What stands between a section's head and the chart. @param {HTMLElement} host @param {HTMLElement} section */
function captions(host, section) {
  const before = (/** @type {Node} */ node) => node.compareDocumentPosition(host) & Node.DOCUMENT_POSITION_FOLLOWING;
  const nodes = seenIn(section, ".panel-head > .aside, .caption, .verdict").filter((node) => before(node) && !node.id.endsWith("-lag"));
  return nodes.map(saidBy).filter(Boolean);
}

/**
 * The section's key, its marks drawn as they look: {svg, height}.
 * @param {HTMLElement} host @param {HTMLElement} section
 * @param {{ x: number, y: number, width: number, size: number, ink2: string }} place
 */
function keysOf(host, section, { x, y, width, size, ink2 }) {
  const body = [];
  let [left, top] = [x, y + size];
  for (const key of seenIn(section, ".keys > .key")) {
    const said = saidBy(key);
    const needed = widthOf(said, size) + 36;
    if (left > x && left + needed > x + width) [left, top] = [x, top + size * 1.5];
    body.push(mark(key.querySelector(".swatch"), left, top - size * 0.35),
      `<text x="${left + 20}" y="${top}" fill="${ink2}">${escaped(said)}</text>`);
    left += needed;
  }
  const height = body.length ? top - y + 4 : 0;
  return { svg: `<g font-family="Inter, system-ui, sans-serif" font-size="${size}">${body.join("")}</g>`, height };
}

/**
 * A mark of the key: filled, outlined or a line, as its style says.
 * @param {HTMLElement | null} swatch @param {number} x @param {number} middle
 */
function mark(swatch, x, middle) {
  if (!swatch) return "";
  const look = getComputedStyle(swatch);
  const [w, h] = [Math.min(16, swatch.offsetWidth), swatch.offsetHeight];
  const line = parseFloat(look.borderTopWidth);
  if (line && !parseFloat(look.borderBottomWidth)) {
    /** @type {Record<string, string>} */
    const dashes = { dashed: ' stroke-dasharray="5 3"', dotted: ' stroke-dasharray="2 2"' };
    const dash = dashes[look.borderTopStyle] ?? "";
    return `<path d="M${x} ${middle}h${w}" stroke="${look.borderTopColor}" stroke-width="${line}"${dash}/>`;
  }
  const turned = look.transform === "none" ? "" : ` transform="rotate(45 ${x + w / 2} ${middle})"`;
  const edge = line ? ` stroke="${look.borderTopColor}" stroke-width="${line}"` : "";
  return `<rect x="${x}" y="${middle - h / 2}" width="${w}" height="${h}" fill="${look.backgroundColor}" opacity="${look.opacity}"${edge}${turned}/>`;
}
