// What is looked at: the server is told, and makes it.
import { state } from "./state.mjs";
import { send } from "./socket.mjs";

/** @type {(() => void)[]} */
const told = []; // who shows the view
let looks = 0; // how often the server was told
/** @type {() => number} */
let strip = () => 0; // points per side of the screen that a small picture has

/** Have a function called whenever the view is set. @param {() => void} handler */
export const onView = (handler) => told.push(handler);

/** How large small pictures are is known to whoever shows them. @param {() => number} side */
export const sizeOfStrip = (side) => (strip = side);

/** Tell the server what is looked at. */
export function look() {
  const { theme, language, side, precision, tab, which, open, histogram, loss_x, loss_y } = state;
  const points = strip();
  send({ type: "view", look: ++looks, ...state.view, ...(points && { strip: points }), lang: language, theme, side, precision, tab, which, open, histogram, loss_x, loss_y });
}

/** Whether the server answers what it was told last: an older view is not to come back. @param {number} look */
export const isNewest = (look) => look === looks;

/** Change what is looked at; the server checks it and answers with what it took. @param {Partial<View>} change */
export function lookAt(change) {
  Object.assign(state.view, change);
  showView();
  look();
}

/** Look at a layer, also in the place of a unit. @param {number} layer */
export const lookAtLayer = (layer) => lookAt({ layer, unit: null });

/** The layer on screen: the last one where the network has not as many as were asked for; with more it is back. */
export const layerShown = () => Math.min(Number(state.view.layer) || 1, state.layers || Infinity);

/** Have everything that shows the view follow it. */
export function showView() {
  for (const handler of told) handler();
}
