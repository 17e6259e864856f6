// The menu "Save": the picture as it stands on screen, its cells alone, the complex as data.
import { composed, nameOf, unitShown } from "./composed.mjs";
import { element, state } from "../core/page.mjs";
import { stateOf } from "../core/moment.mjs";
import { chosenPane, panes, shownHeaders } from "./picture.mjs";
import { queryOf } from "../core/requests.mjs";
import { asked, download, downloadAnswer, telling } from "../core/download.mjs";
import { penOf } from "../core/elements.mjs";
import { pngOf, rastered } from "../core/svg.mjs";

const WIDE = 1500; // px of a saved picture, at least
const CELLS = 1001; // px of one without anything over it
const GAP = 16;

/** @type {Record<string, () => Promise<void>>} */
const savers = {
  png: async () => {
    const { svg, width, name } = await composed({ overlays: true, sharp: true });
    download(await pngOf(await rastered(svg, Math.max(2, Math.ceil(WIDE / width)))), `${name}.png`);
  },
  cells: saveCells,
  svg: async () => {
    const { svg, name } = await composed({ overlays: true, sharp: true });
    download(svg, `${name}.svg`, "image/svg+xml");
  },
  json: () => saveData("json"),
  npz: () => saveData("npz"),
  weights: () => saveData("weights"),
  experiment: () => saveData("experiment"),
};

export function watchSaving() {
  for (const [kind, save] of Object.entries(savers)) {
    element(`save-${kind}`).addEventListener("click", () => {
      element("export").open = false;
      telling(save);
    });
  }
}

/** Where the server gives a file of what is on screen. @param {string} kind @param {object} change */
function addressOf(kind, change = {}) {
  const { session, theme, language, which, lecture } = state;
  const query = queryOf({ ...state.view, session, theme, which, lecture: lecture ? 1 : 0, lang: language, ...change });
  return `./export/${kind}?${query}`;
}

/** @param {string} kind */
async function saveData(kind) {
  const header = chosenPane().last?.header;
  if (!header) return;
  await downloadAnswer(await asked(addressOf(kind, header.recalled || header.version < 0 ? stateOf(header) : {})));
}

/** The cells and nothing else, one pixel per point; of two networks both, as they stand on screen. */
async function saveCells() {
  const shown = panes();
  const headers = shownHeaders();
  const canvas = document.createElement("canvas");
  const pictures = await Promise.all(shown.map(cellsOf));
  canvas.width = pictures.reduce((sum, { width }) => sum + width + GAP, -GAP);
  canvas.height = Math.max(...pictures.map(({ height }) => height));
  const context = penOf(canvas);
  let left = 0;
  for (const picture of pictures) {
    context.drawImage(picture, left, 0);
    left += picture.width + GAP;
  }
  download(await pngOf(canvas), `${nameOf(headers)}-only.png`);
}

/**
 * A pane's cells: from the server, with more points, if it still has this state; else as on screen.
 * @param {import("./pane.mjs").Pane} pane
 */
async function cellsOf(pane) {
  if (!pane.last) return pane.pixels();
  const { header } = pane.last;
  const here = copyOf(pane.pixels()); // that of now: while the server is asked the next picture comes
  const { which = "a", mode, layer, window: seen, width } = header;
  const coarse = width <= 101; // the sheet's grid
  if (coarse || unitShown(pane.last.header)) return here;
  const address = addressOf("png", { ...stateOf(header), which, mode, layer, window: seen, pixels: CELLS });
  const answer = await fetch(address).catch(() => /** @type {null} */ (null));
  return answer?.status === 200 ? createImageBitmap(await answer.blob()) : here;
}

/** @param {HTMLCanvasElement} canvas */
function copyOf(canvas) {
  const { width, height } = canvas;
  const copy = Object.assign(document.createElement("canvas"), { width, height });
  penOf(copy).drawImage(canvas, 0, 0);
  return copy;
}
