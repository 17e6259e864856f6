// Exercise 2.7: the counts of cells over the run.
import { setProps, write } from "./page.mjs";
import { bring } from "./steps.mjs";
import { on } from "./stream.mjs";

export function watchCounts() {
  on("counts", ({ figure, caption, step }) => {
    bring("counts", step);
    setProps("counts", { figure });
    write("counts-caption", caption);
  });
}
