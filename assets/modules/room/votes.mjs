// The hall's votes beside the picture: unnamed while they are cast, with the answer named and marked.
import { make } from "../core/elements.mjs";
import { element, onLanguage, text, words, written } from "../core/page.mjs";

/** @type {Votes | null} */
let votes = null;
/** @type {Record<string, string>} */
const STAGES = { predict: "open", see: "closed", answer: "answer" }; // of the guide and of the room

onLanguage(() => showVotes(votes));

/** Show what the server says of the vote; null: there is none. @param {Votes | null} told */
export function showVotes(told) {
  votes = told;
  const host = element("hall-votes");
  host.hidden = !told;
  document.documentElement.toggleAttribute("data-voted", Boolean(told?.count)); // a worked answer leaves them in view
  if (!told) return;
  host.classList.toggle("many", told.parts.length > 2);
  const enough = told.count >= told.from;
  host.replaceChildren(
    make("p", { className: "hall-votes-count", textContent: text(saidOf(told), { count: told.count }) }),
    ...(enough ? told.parts.map((part) => partView(told, part))
      : [make("p", { className: "note", textContent: text("room_votes_from", { low: told.from }) })]));
}

/** @param {Votes} votes */
const saidOf = ({ stage, count }) => `room_votes_${stage}${stage === "answer" && count === 1 ? "_one" : ""}`;

/** @param {Votes} votes @param {Votes["parts"][number]} part */
function partView({ question, parts, count }, { name, bars }) {
  const rows = bars.map((bar) => make("li", { className: bar.right ? "is-right" : "" },
    make("span", { className: "hall-bar" }, sized(bar.count, count)),
    make("b", { textContent: written(bar.count) }),
    make("span", { textContent: nameOf(question, name, bar) })));
  return make("div", {},
    parts.length > 1 ? make("p", { textContent: words(`sheet.${question}.${name}`) }) : null,
    make("ol", { className: "hall-bars" }, ...rows));
}

/** @param {number} count @param {number} all */
function sized(count, all) {
  const bar = make("i");
  bar.style.width = `${(100 * count) / all}%`;
  return bar;
}

/** What a bar counts; nothing before the answer. @param {string} question @param {string} part @param {VoteBar} bar */
function nameOf(question, part, bar) {
  if (bar.option === undefined) return "";
  const said = bar.option ? words(`sheet.${question}.${part}.${bar.option}`) : bar.low === bar.high ? written(bar.low)
    : text("room_votes_bin", { low: written(bar.low), high: written(bar.high) });
  return bar.right ? `✓ ${said}` : said;
}

/**
 * What is put to the room at a stage of the guide. Once the picture is bared nobody is asked any more.
 * @param {{ question: string | null, stage: string, covered: boolean }} now @returns {string | null}
 */
export const stageOf = ({ question, stage, covered }) =>
  (question === null ? null : stage === "predict" && !covered ? "closed" : STAGES[stage] ?? null);
