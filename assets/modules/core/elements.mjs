// Making elements, and letting them rest.

/**
 * An element with properties, data- and aria- attributes and children; null is no child.
 * @template {keyof HTMLElementTagNameMap} Tag @param {Tag} tag @param {Props} [props]
 * @param {...(Node | string | null)} children
 */
export function make(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.includes("-")) node.setAttribute(name, String(value));
    else Object.assign(node, { [name]: value });
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** An element that holds a text. @template {keyof HTMLElementTagNameMap} Tag @param {Tag} tag @param {string} textContent */
export const named = (tag, textContent, className = "") => make(tag, { textContent, className });

/** Sections that fold, by a selector that does not say so. @param {string} selector @param {ParentNode} [host] */
export const groups = (selector, host = document) => /** @type {NodeListOf<HTMLDetailsElement>} */ (host.querySelectorAll(selector));

/** What surely is below an element. @template {string} S @param {ParentNode} host @param {S} selector */
export const within = (host, selector) => /** @type {Found<S>} */ (host.querySelector(selector));

/**
 * Whether an element is seen, or would be if one scrolled there. Safari can be asked for it since 17.4 only.
 * @param {Element} node
 */
export const isSeen = (node) =>
  node.checkVisibility?.({ visibilityProperty: true }) ??
  (node.getClientRects().length > 0 && getComputedStyle(node).visibility === "visible");

/**
 * What a canvas is drawn on with; no canvas that is has been used in another way.
 * @param {HTMLCanvasElement} canvas @param {CanvasRenderingContext2DSettings} [options]
 */
export const penOf = (canvas, options) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", options));

/** @type {WeakMap<Element, Set<string>>} */
const resting = new WeakMap(); // who wants a control to rest

/**
 * A control rests as long as anybody wants it to: a question's cover, a network from a file.
 * @param {Element & { disabled: boolean }} control @param {string} who @param {boolean} rests
 */
export function rest(control, who, rests) {
  const by = resting.get(control) ?? new Set();
  resting.set(control, by);
  if (rests) by.add(who);
  else by.delete(who);
  control.disabled = by.size > 0;
}
