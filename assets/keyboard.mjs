// Keys: space plays and pauses, → steps, R rewinds, digits choose the layer (0 is the tenth).
import { element, setProps, state } from "./page.mjs";

const typing = (target) => target.matches("input:not([type=radio]):not([type=range]), select, textarea");
const moving = (target) => target.matches("input, select");

export function watchKeys() {
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || typing(target)) return;
    if (key === " " && !target.matches("button, summary, input")) press("play", event);
    else if (key === "ArrowRight" && !moving(target)) press("step", event);
    else if (key.toLowerCase() === "r") press("rewind", event);
    else if (/^[0-9]$/.test(key)) {
      const layer = key === "0" ? 10 : Number(key);
      if (layer <= state.layers) setProps("layer", { value: String(layer) });
    }
  });
}

function press(id, event) {
  event.preventDefault();
  element(id).click();
}
