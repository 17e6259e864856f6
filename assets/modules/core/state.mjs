// What the scripts share: the page's data, its elements, and the one state that all of them read.
/** @type {PageData} */
export const data = JSON.parse(document.getElementById("cellscope-data")?.textContent ?? "");
export const { palettes, controls, modes } = data; // modes: what each is a picture of, see Mode in model/view.py
/** @type {Find} */
export const element = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));

/** An input, a select or a button whose id is put together. @param {string} id */
export const field = (id) => /** @type {HTMLInputElement} */ (element(id));

/** Which of the palettes the picture has now: the theme's, or the hall's. */
export const palette = () => palettes[state.lecture && state.theme === "light" ? "lecture" : state.theme];

/** The state that the scripts share; nothing else is kept in two places. @type {State} */
export const state = {
  session: null, // id, made by the server
  connected: false, // whether the server is heard
  accepted: /** @type {Settings} */ ({}), // the settings that the experiment has
  mark: "", // by which pictures of these settings are known
  pictured: "", // that of the picture's
  view: { layer: 2, mode: "cells", window: [-5, 5, -5, 5], pixels: 401, lines: true, points: "train", unit: null },
  language: document.documentElement.lang, // see 00-language.js
  theme: "light",
  fold: { controls: null, hide: [] }, // the controls that a link names (null: all), the parts it hides
  lecture: false, // full screen, large text, colours and boundaries for a hall
  side: "pre",
  precision: "float64",
  open: [], // folds that are made only while they are
  histogram: "post", // what the layers' histograms count
  loss_x: "linear", // axes of the loss
  loss_y: "auto",
  tab: "overview",
  which: "a", // of two networks, the one whose layers and counts are shown
  status: "paused",
  step: 0, // of the picture
  stop: null, // the step at which training pauses by itself
  line: null, // over the picture, [x0, y0, x1, y1] in data units
  recalled: false, // whether an earlier step is shown than the run's newest
  edited: false, // whether hands have changed a network
  reproducible: true, // whether the settings, from the start, lead to just this step
  layers: 0,
  opened: null, // what is told of the network from a file that is shown; null: none
  sheet: null, // the question that is open in the guide
  preset: "none", // what the menu of presets shows
  guided: false, // whether the rail shows the guide
  covered: false, // whether a question waits for its prediction
  presents: false, // whether a hall follows this page
};
