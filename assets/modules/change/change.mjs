// What training changes from picture to picture, beside the loss.
import { setProps, write } from "../core/page.mjs";
import { bring } from "../core/steps.mjs";
import { on } from "../core/socket.mjs";

export function watchChange() {
  on("change", ({ figure, caption, step }) => {
    bring("change", step);
    setProps("change", { figure });
    write("change-caption", caption);
  });
}
