// What a screen reader is told: nothing while it trains, one sentence once the page has come to rest.
import { isSeen } from "../core/elements.mjs";
import { element, state, text } from "../core/page.mjs";

const REST_MS = 900;
const WATCHED = ["status", "count", "verdict", "card", "average-state", "deeper-state", "sweep-state", "sweep-estimate"];
/** @type {Set<string>} */
const changed = new Set(); // what says something else since the last sentence
/** @type {Map<string, string>} */
const before = new Map(); // an element's id -> what it said then
let trained = false; // since then
let timer = 0;

export function watchSpoken() {
  for (const id of WATCHED) {
    before.set(id, said(id));
    new MutationObserver(() => noted(id)).observe(element(id), { childList: true, subtree: true, characterData: true });
  }
}

/** @param {string} id */
const said = (id) => element(id).innerText.replace(/\s+/g, " ").trim();

/** @param {string} id */
function noted(id) {
  changed.add(id);
  clearTimeout(timer);
  trained ||= state.status === "training";
  if (state.status !== "training") timer = setTimeout(speak, REST_MS);
}

/** One sentence: how far the run is, or else what a setting, the cursor or a job has changed. */
function speak() {
  if (state.status === "training") return;
  const news = [...changed].filter((id) => !isBusy(element(id)));
  for (const id of news) changed.delete(id);
  const opened = !trained && !before.get("status"); // whoever opens the page hears the page
  const told = news.filter((id) => said(id) !== before.get(id) && isSeen(element(id)));
  for (const id of news) before.set(id, said(id));
  const sentence = trained || told.includes("status") ? progress() : told.map(said).filter(Boolean).join("; ");
  trained = false;
  if (sentence && !opened) element("spoken").textContent = sentence;
}

const progress = () => [
  text("spoken", { status: said("status"), step: said("step-count") }),
  ...(isSeen(element("count")) ? [said("count")] : []),
].filter(Boolean).join("; ");

/** A job's own line tells its progress to the eye; to the ear it tells the end. @param {HTMLElement} node */
const isBusy = (node) => Boolean(node.closest(".job, .panel")?.querySelector(".running"));
