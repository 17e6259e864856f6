// The page's shell (app/page/shell.py): the first picture is painted into it while Dash builds the page.
import { within } from "../core/elements.mjs";
import { state } from "../core/state.mjs";
import { split } from "../core/packed.mjs";
import { crowd } from "../picture/crowds.mjs";
import { frameOf } from "../picture/frame.mjs";
import { Pane } from "../picture/pane.mjs";
import { pictureShown } from "./picture-first.mjs";

const root = document.documentElement;
let plain = false; // whether the page is going to have its picture where the shell has it

const shell = () => document.querySelector("body > .shell"); // the body comes after this script

/**
 * What comes before the page stands: the picture is shown if nothing that comes later moves or covers it.
 * @param {string | ArrayBuffer} message
 */
export function lookAhead(message) {
  if (typeof message === "string") return prepare(JSON.parse(message));
  const [header, bytes] = split(new Uint8Array(message));
  const host = shell();
  if (plain && header.kind === "frame" && host) paint(frameOf(header, bytes), host);
}

/** The welcome says what is to be seen. @param {Message} message */
function prepare(message) {
  if (message.type !== "welcome") return;
  const { sheet, controls, hide, settings, view } = message;
  plain = !sheet && controls === null && !settings.compare;
  if (!plain) pictureShown();
  root.dataset.hide = hide.join(" ");
  state.view = view;
}

/** @param {Frame} frame @param {HTMLElement} shell */
function paint(frame, shell) {
  const place = (/** @type {string} */ name) => within(shell, `[data-place="${name}"]`);
  state.theme = /** @type {Theme} */ (root.dataset.theme);
  state.lecture = root.hasAttribute("data-lecture");
  const films = Array.from({ length: frame.header.layers }, film); // they decide how wide their strip is
  place("layer-buttons").replaceChildren(...films);
  crowd(place("layer-buttons"), films.length);
  new Pane("a", () => {}, place).draw(frame);
  requestAnimationFrame(() => setTimeout(seen));
}

function seen() {
  performance.mark("first picture");
  pictureShown();
}

const film = () => Object.assign(document.createElement("div"), { className: "film" });

/** The page stands: it paints the same picture at the same place before the screen shows anything else. */
export function leaveShell() {
  shell()?.remove();
  document.querySelector(".no-scripts")?.remove();
}
