// What a message brings of charts, texts and tables, all of one step.
import { showFigure } from "../core/charts.mjs";
import { write } from "../core/page.mjs";
import { showPoints } from "../picture/picture.mjs";
import { askTheTime, on } from "../core/socket.mjs";
import { bring, countAt } from "../core/steps.mjs";
import { showTables } from "../core/tables.mjs";

export const watchPanels = () => on("panel", showPanel);

/** @param {Messages["panel"]} message */
function showPanel(message) {
  for (const [id, figure] of Object.entries(message.figures)) showFigure(id, figure);
  for (const [id, value] of Object.entries(message.texts)) write(id, value);
  showTables(message.tables);
  for (const [part, step] of Object.entries(message.steps)) bring(part, step);
  countAt(message.counted);
  if (message.points) showPoints(message.points, message.second_points);
  setTimeout(askTheTime, 150);
}
