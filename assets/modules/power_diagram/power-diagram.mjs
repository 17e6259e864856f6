// Exercise 2.6: half-planes of units, the two pictures of the power diagram, a pair of its cells.
import { named } from "../core/elements.mjs";
import { element, onLanguage, state, wording, write } from "../core/page.mjs";
import { onPoint } from "../picture/inspector.mjs";
import { onPlaced, onRedraw, shownVersion } from "../picture/picture.mjs";
import { on, onBinary, send } from "../core/socket.mjs";
import { drawHalfPlane, drawPair, startOverlay } from "./power.mjs";
import { markTwin, paintTwin } from "../linear_map/twins.mjs";

/** @type {{ header: PowerHeader, bytes: Uint8Array } | null} */
let last = null; // the newest study
/** @type {Pair | null} */
let pair = null; // the newest pair of cells
/** @type {Point | null} */
let at = null; // the point it is wanted for, in data units; stays when the pointer leaves
let asked = ""; // what the newest question was about
let waiting = false; // whether one is under way
let unit = -1; // whose half-plane is shown

const open = () => state.tab === "voronoi";

export function watchVoronoi() {
  onBinary("voronoi", (header, bytes) => {
    last = { header, bytes };
    show(header);
    ask();
  });
  on("pair", showPair);
  onPoint((point) => {
    if (!open() || !point) return;
    at = point;
    ask();
  });
  onPlaced(draw);
  onLanguage(() => {
    ask();
    draw();
  });
  onRedraw(() => {
    paint();
    draw();
  });
  window.addEventListener("tab", draw);
  const units = element("voronoi-units");
  for (const event of /** @type {const} */ (["pointerover", "focusin", "click"])) units.addEventListener(event, chooseUnit);
  for (const event of /** @type {const} */ (["pointerleave", "focusout"])) units.addEventListener(event, () => showUnit(-1));
  units.addEventListener("keydown", moveByKey);
}

function show(/** @type {PowerHeader} */ header) {
  for (const [id, value] of Object.entries({ "voronoi-none": "", ...header.texts })) write(id, value);
  element("voronoi-stages").hidden = !header.side;
  element("voronoi-agreement").classList.toggle("agrees", header.agrees === true);
  element("voronoi-agreement").classList.toggle("differs", header.agrees === false);
  if (!header.side) pair = null;
  fillUnits(header.names ?? []);
  paint();
  draw();
}

function paint() {
  if (!last?.header.side) return;
  const { header, bytes } = last;
  const size = header.side * header.side;
  ["voronoi-by_pattern", "voronoi-by_power"].forEach((id, k) => {
    paintTwin(id, bytes.subarray(k * size, (k + 1) * size), header.side, "cells");
  });
  markTwin("voronoi-by_power", header.differing, header.window);
}

/** One button a unit, or each of its lines; the arrow keys go from one to the next. @param {string[]} names */
function fillUnits(names) {
  const host = element("voronoi-units"), count = names.length;
  if (host.children.item(count - 1)?.textContent !== names.at(-1)) host.replaceChildren();
  while (host.children.length > count) host.lastElementChild?.remove();
  while (host.children.length < count) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "unit", tabIndex: host.children.length ? -1 : 0 });
    button.textContent = names[host.children.length];
    wording(button, { label: "page.voronoi.unit" }, { unit: button.textContent });
    host.append(button);
  }
  if (unit >= count) unit = -1;
}

/** @param {On<KeyboardEvent>} event */
function moveByKey(event) {
  /** @type {Record<string, number>} */
  const steps = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 };
  const step = steps[event.key];
  if (!step) return;
  event.preventDefault();
  event.stopPropagation(); // here → chooses the next unit, it does not train a step
  const all = [...element("voronoi-units").querySelectorAll("button")];
  const next = all[(all.findIndex((one) => one === event.target) + step + all.length) % all.length];
  event.target.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

/** @param {On<Event>} event */
const chooseUnit = ({ target }) => target.matches(".unit") && showUnit([...element("voronoi-units").children].indexOf(target));

/** @param {number} which */
function showUnit(which) {
  if (which === unit) return;
  unit = which;
  draw();
}

function ask() {
  if (!open() || !at || !last?.header.side) return;
  const looked = [state.language, state.which, at, shownVersion(), state.view.layer, state.view.window];
  const question = looked.join();
  if (waiting || question === asked) return;
  waiting = true;
  asked = question;
  send({ type: "pair", x: at[0], y: at[1] });
  setTimeout(() => (waiting = false), 1500); // an answer may be lost with its socket
}

/** @param {Pair} answer */
function showPair(answer) {
  waiting = false;
  pair = answer.members.length ? answer : null;
  element("pair-hint").hidden = pair !== null;
  const [heads, ...rows] = pair?.table ?? [];
  element("pair").replaceChildren(...(heads ? [row(heads, "th", "td"), ...rows.map((r) => row(r, "td", "th"))] : []));
  write("pair-line", pair?.text ?? "");
  draw();
  if (String(answer.at) !== String(at)) ask();
}

/**
 * A row of the table; its first cell is a name, or nothing above the names.
 * @param {string[]} texts @param {"th" | "td"} tag @param {"th" | "td"} firstTag
 */
function row([name, ...values], tag, firstTag) {
  const line = document.createElement("tr");
  line.append(named(firstTag, name), ...values.map((value) => named(tag, value)));
  for (const head of line.querySelectorAll("th")) head.scope = tag === "th" ? "col" : "row";
  return line;
}

function draw() {
  const header = open() && last?.header.side ? last.header : null;
  const context = startOverlay(Boolean(header && (pair || unit >= 0 || header.region.length)));
  if (!context || !header) return;
  if (unit >= 0) drawHalfPlane(context, header, unit);
  else drawPair(context, header, pair);
}
