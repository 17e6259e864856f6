// The step at which training pauses by itself: typed here, kept by the server, the same for all who look.
import { writeLink } from "../core/link.mjs";
import { element, onLanguage, state, text, write } from "../core/page.mjs";
import { on, send } from "../core/socket.mjs";

let now = 0; // the run's newest step

export function watchStop() {
  const box = document.createElement("input");
  Object.assign(box, { id: "stop-at", type: "text", inputMode: "numeric", className: "number-box", autocomplete: "off" });
  element("stop-at-box").append(box);
  box.addEventListener("change", () => {
    write("stop-at-problem", "");
    box.removeAttribute("aria-invalid");
    send({ type: "stop-at", step: box.value.trim() || null });
  });
  on("timeline", ({ stop, now: { step } }) => {
    now = step;
    if (state.stop !== stop) {
      state.stop = stop;
      writeLink();
    }
    const said = stop === null ? "" : String(stop);
    if (box !== document.activeElement && box.getAttribute("aria-invalid") !== "true" && box.value !== said) box.value = said;
    say();
  });
  onLanguage(say);
}

/** What the number means now; as long as there is one there is a line, so nothing below it moves when training stops. */
function say() {
  const { stop } = state;
  write("stop-at-readout", stop === null ? "" : text(stop > now ? "stop_coming" : stop === now ? "stop_here" : "stop_past"));
}
