// Exercise 2.7: the counts of cells over the run.
import { showFigure } from "../core/charts.mjs";
import { write } from "../core/page.mjs";
import { bring } from "../core/steps.mjs";
import { on } from "../core/socket.mjs";

export function watchCounts() {
  on("counts", ({ figure, caption, step }) => {
    bring("counts", step);
    showFigure("counts", figure);
    write("counts-caption", caption);
  });
}
