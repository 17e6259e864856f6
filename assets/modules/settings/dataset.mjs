// The data sets as pictures, and the button that draws anew.
import { element, setProps } from "../core/page.mjs";

/** @param {{ asked: (name: string) => string | number, ask: (name: string, value: string) => void }} settings */
export function watchDatasets({ asked, ask }) {
  for (const button of pictures()) {
    button.addEventListener("click", () => setProps("dataset", { value: button.dataset.dataset }));
  }
  element("new-data").addEventListener("click", () => {
    ask("data_seed", String((Number(asked("data_seed")) + 1) % 2 ** 32));
  });
}

const pictures = () => [...document.querySelectorAll(".picture-button[data-dataset]")];

/** Which of them is in use. @param {string} name */
export function showDataset(name) {
  for (const button of pictures()) button.setAttribute("aria-pressed", String(button.dataset.dataset === name));
}
