// Exercise 2.7: the counts of cells over the run.
import { setProps, write } from "./page.mjs";
import { on } from "./stream.mjs";

export function watchCounts() {
  on("counts", ({ figure, caption }) => {
    setProps("counts", { figure });
    write("counts-caption", caption);
  });
}
