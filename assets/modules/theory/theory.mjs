// The derivations in a dialog, from docs/theory.md; a question's own section is scrolled to.
import { markdown } from "../core/formulas.mjs";
import { element, setProps, text } from "../core/page.mjs";
import { refusal } from "../core/replies.mjs";

/** @type {string | null} */
let shown = null; // the language that the dialog holds
let asked = 0; // how often it was opened: an answer to an earlier time is not shown

export function watchTheory() {
  element("theory").addEventListener("click", () => openTheory());
  element("theory-close").addEventListener("click", () => element("theory-dialog").close());
  element("theory-dialog").addEventListener("click", ({ target, currentTarget }) => {
    if (target === currentTarget) currentTarget.close(); // beside the text
  });
}

/** Open the derivations, at the section of a question of the sheet ("1.2b") if one is named. */
async function openTheory(question = "") {
  const language = document.documentElement.lang, mine = ++asked;
  element("theory-dialog").showModal();
  if (shown !== language) {
    const answer = await fetch(`./theory/${language}`).catch(() => /** @type {null} */ (null));
    const said = answer?.ok ? ownLinks(await answer.text()) : answer ? (await refusal(answer))() : text("not_done");
    if (mine !== asked) return;
    setProps("theory-text", { children: answer?.ok ? markdown(said) : said });
    shown = answer?.ok ? language : null;
  }
  scrollTo(question, 20);
}

/** The document's links to its other language make no sense here. @param {string} markdown */
const ownLinks = (markdown) => markdown.replace(/\[[^\]]*\]\(theory[^)]*\)\.?/g, "");

/** The text is drawn some time after it was set. @param {string} question @param {number} tries */
function scrollTo(question, tries) {
  const heads = [...element("theory-text").querySelectorAll("h1, h2")];
  const head = question ? heads.find((h) => h.textContent.startsWith(`${question} `)) : heads[0];
  if (head) head.scrollIntoView();
  else if (tries) setTimeout(() => scrollTo(question, tries - 1), 50);
}
