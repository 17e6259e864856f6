// Light and dark: from the link, else from the last choice, else from the system's preference.
import { element, state } from "../core/page.mjs";
import { recall, remember } from "../core/memory.mjs";
import { look } from "../core/view.mjs";
import { redraw } from "../picture/picture.mjs";
import { writeLink } from "../core/link.mjs";

/** @param {Theme} theme */
export function setTheme(theme) {
  state.theme = theme;
  document.documentElement.dataset.theme = theme;
  document.documentElement.dataset.bsTheme = theme;
  redraw();
}

export function watchTheme() {
  const asked = new URLSearchParams(location.search).get("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const known = [asked, recall("theme")].find((t) => t === "light" || t === "dark");
  setTheme(known ?? (dark ? "dark" : "light"));
  element("theme").addEventListener("click", () => {
    setTheme(state.theme === "dark" ? "light" : "dark");
    remember("theme", state.theme);
    writeLink();
    look();
  });
}
