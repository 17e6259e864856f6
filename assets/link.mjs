// The address always holds every setting of what is on screen, so that copying it shares it.
import { foldQuery } from "./folds.mjs";
import { state } from "./page.mjs";

export function link() {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(state.accepted)) {
    if (value !== "") query.set(name, value); // no hidden widths, no second network
  }
  query.set("layer", state.view.layer);
  query.set("mode", state.view.mode);
  query.set("window", state.view.window.map((v) => String(v)).join(","));
  query.set("pixels", state.view.pixels);
  query.set("lines", state.view.lines);
  query.set("points", state.view.points);
  query.set("theme", state.theme);
  query.set("lang", state.language);
  if (state.lecture) query.set("lecture", "1");
  foldQuery(query);
  if (state.side !== "pre") query.set("side", state.side);
  if (state.which !== "a") query.set("which", state.which);
  if (state.precision !== "float64") query.set("precision", state.precision);
  if (state.sheet) query.set("sheet", state.sheet);
  if (state.tab !== "overview") query.set("tab", state.tab);
  const readable = { "%2C": ",", "%3A": ":", "%3B": ";" };
  return `${location.pathname}?${query}`.replace(/%2C|%3A|%3B/g, (code) => readable[code]);
}

export function writeLink() {
  if (Object.keys(state.accepted).length) return history.replaceState(null, "", link());
  const asked = new URLSearchParams(location.search); // as long as there is no experiment
  asked.set("lang", state.language);
  history.replaceState(null, "", `${location.pathname}?${asked}`);
}
