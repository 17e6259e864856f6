// The chosen unit: its numbers in boxes that are typed into, dragged and stepped with arrow keys; how it is held.
import { make, named, within } from "../core/elements.mjs";
import { typed, withPoint } from "../core/numbers.mjs";
import { element, onLanguage, state, text, write } from "../core/page.mjs";
import { choose, edit, hands, known, lookedAt, newGesture, onHands, same, showInPicture, shownInPicture } from "./chosen.mjs";

const FINE = 0.01, COARSE = 0.1; // steps of an arrow key, of a number's own size
let listed = ""; // the unit whose boxes are there
let ofBoxes = /** @type {Unit | null} */ (null);
let ofNetwork = /** @type {Which} */ ("a");
/** @type {HTMLInputElement[]} */
let boxes = []; // the bias's, then the weights'
let gesture = ""; // of the keys that step one box

export function watchUnit() {
  onHands(show);
  onLanguage(() => {
    listed = "";
    show();
  });
  element("unit-show").addEventListener("click", () => {
    const at = lookedAt();
    showInPicture(same(at, shownInPicture()) ? null : at);
  });
  // The mode that is chosen already brings the picture back, too.
  element("mode").addEventListener("click", () => shownInPicture() && showInPicture(null));
  for (const button of holdings()) {
    button.addEventListener("click", () => hands.chosen && edit(hands.chosen, { hold: button.dataset.hold }));
  }
}

const holdings = () => element("unit-holding").querySelectorAll("button");

function show() {
  const at = lookedAt();
  element("unit-chosen").classList.toggle("none", !at);
  const unit = known();
  if (!unit) return;
  write("unit-title", unit.title);
  write("unit-text", unit.text);
  element("unit-show").setAttribute("aria-pressed", String(same(at, shownInPicture())));
  for (const button of holdings()) {
    button.setAttribute("aria-pressed", String(button.dataset.hold === unit.holding));
    button.disabled = button.dataset.hold === "off" && !unit.hidden;
  }
  const chosen = same(at, hands.chosen);
  element("unit-chosen").classList.toggle("pointed", !chosen); // only looked at: its boxes are not for typing
  list(unit);
  const off = unit.holding === "off";
  [unit.bias, ...unit.weights].forEach((value, k) => {
    const box = boxes[k];
    box.disabled = off;
    if (box !== document.activeElement || !box.dataset.typed) put(box, value);
  });
}

/** @param {HTMLInputElement} box @param {string} value */
function put(box, value) {
  box.dataset.value = value;
  const shown = value.includes("e") ? Number(Number(value).toPrecision(4)) : value; // all digits would hide the exponent
  const said = typed(shown, state.language);
  if (box.value !== said) box.value = said;
}

/** A box for the bias and for each weight, made anew for another unit. @param {UnitAnswer} unit */
function list(unit) {
  const inputs = unit.layer === 1 ? hands.drawn?.header.inputs : null; // of the plane: perhaps not its own
  const sources = inputs?.length === unit.weights.length ? inputs : unit.weights.map((_, k) => String(k + 1));
  const name = `${unit.which} ${unit.layer} ${unit.unit} ${sources}`; // the inputs' names come with the drawing, after the unit
  if (listed === name) return;
  listed = name;
  [ofBoxes, ofNetwork] = [[unit.layer, unit.unit], unit.which];
  const rows = ["", ...sources].map((source, k) => row(k, source));
  boxes = rows.map((node) => within(node, "input"));
  element("unit-weights").replaceChildren(...rows);
}

/** @param {number} k @param {string} source */
function row(k, source) {
  const id = `unit-weight-${k}`;
  const label = named("label", k ? text("network_weight", { source }) : text("network_bias"));
  Object.assign(label, { htmlFor: id, title: text("network_drag") });
  const box = make("input", { id, type: "text", inputMode: "decimal", className: "number-box", autocomplete: "off" });
  label.addEventListener("pointerdown", (event) => scrub(event, k, box));
  box.addEventListener("input", () => (box.dataset.typed = "1"));
  box.addEventListener("change", () => commit(k, box));
  box.addEventListener("blur", () => delete box.dataset.typed);
  box.addEventListener("keydown", (event) => step(event, k, box));
  return make("div", { className: "unit-weight" }, label, box);
}

/** The boxes are of the unit that they were made for: who leaves one by choosing another unit, or network, means it, too. @param {number} k @param {string | number} value @param {string} [as] */
const set = (k, value, as) => ofBoxes && edit(ofBoxes, k ? { weights: { [k]: value } } : { bias: value }, as, ofNetwork);

/** The number in a box, or the text that is none. @param {HTMLInputElement} box */
function read(box) {
  const number = withPoint(box.value, state.language);
  return number === null || String(number).trim() === "" || Number.isNaN(Number(number)) ? box.value : Number(number);
}

/** What was typed is sent as it is; what is no number the server names. @param {number} k @param {HTMLInputElement} box */
function commit(k, box) {
  const value = read(box);
  delete box.dataset.typed;
  set(k, value);
  if (typeof value === "string") put(box, box.dataset.value ?? "");
}

/** @param {KeyboardEvent} event @param {number} k @param {HTMLInputElement} box */
function step(event, k, box) {
  const sign = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
  if (!sign) {
    gesture = "";
    return;
  }
  event.preventDefault();
  const now = box.dataset.typed ? read(box) : NaN; // steps go on from what is typed
  delete box.dataset.typed;
  const value = typeof now === "number" && Number.isFinite(now) ? now : Number(box.dataset.value);
  const size = 10 ** Math.floor(Math.log10(Math.max(Math.abs(value), 0.1)));
  gesture ||= newGesture();
  const next = value + sign * size * (event.shiftKey ? COARSE * 5 : event.altKey ? FINE : COARSE);
  put(box, String(Number(next.toPrecision(7))));
  set(k, Number(box.dataset.value), gesture);
}

/**
 * Drag a name sideways: the number follows.
 * @param {On<PointerEvent, HTMLLabelElement>} event @param {number} k @param {HTMLInputElement} box
 */
function scrub(event, k, box) {
  if (box.disabled) return;
  if (!same(lookedAt(), hands.chosen)) choose(lookedAt());
  const label = event.currentTarget;
  const from = Number(box.dataset.value);
  const size = Math.max(0.1, Math.abs(from));
  const as = newGesture();
  label.setPointerCapture(event.pointerId);
  const move = (/** @type {PointerEvent} */ { clientX }) => {
    const value = from + ((clientX - event.clientX) / 100) * size;
    put(box, String(Number(value.toPrecision(7))));
    set(k, Number(box.dataset.value), as);
  };
  const end = () => {
    label.removeEventListener("pointermove", move);
    label.removeEventListener("pointerup", end);
    label.removeEventListener("pointercancel", end);
  };
  label.addEventListener("pointermove", move);
  label.addEventListener("pointerup", end);
  label.addEventListener("pointercancel", end);
}
