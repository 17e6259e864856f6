// What the scripts know of the page: its data, its elements, Dash's properties.
const data = JSON.parse(document.getElementById("cellscope-data").textContent);
export const { palettes, controls } = data;
export const element = (id) => document.getElementById(id);

/** A text of the catalogue, its {names} filled in. */
export function words(key, values = {}) {
  return data.texts[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** A text that only scripts say. */
export const text = (key, values) => words(`page.${key}`, values);

/** Change a property of a Dash component, as a callback would. */
export function setProps(id, props) {
  window.dash_clientside.set_props(id, props);
}

/** Put text into an element, touching the page only where it changes. */
export function write(id, value) {
  const node = element(id);
  if (node && node.textContent !== value) node.textContent = value;
}

/** Call once Dash has drawn the page and Plotly is there. */
export function whenPageStands(then) {
  const ready = () => window.Plotly && document.querySelector("#cells .js-plotly-plot");
  const check = () => (ready() ? then() : setTimeout(check, 20));
  check();
}

/** The state that the scripts share; nothing else is kept in two places. */
export const state = {
  session: null, // id, made by the server
  accepted: {}, // the settings that the experiment has
  view: { layer: 2, mode: "cells", window: [-5, 5, -5, 5], pixels: 401, lines: true },
  theme: "light",
  side: "pre",
  tab: "overview",
  status: "paused",
  layers: 0,
};
