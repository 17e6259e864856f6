// The question on a phone: its options or a box for a number, one ballot, and nothing of who cast it.
import { make } from "../modules/core/elements.mjs";
import { recall, remember } from "../modules/core/memory.mjs";
import { typed } from "../modules/core/numbers.mjs";
import { element, state, text } from "../modules/core/page.mjs";
import { readNumber } from "../modules/guide/numbers.mjs";
import { send } from "./line.mjs";

/** @type {HallVote | null} */
let vote = null; // what the server said of it
/** @type {Record<string, string>} */
let given = {}; // part -> what is chosen or typed
/** @type {(() => string) | null} */
let problem = null; // () => what is wrong, in the language of the page

/** In the language of the page. @typedef {(texts: Said) => string} Spoken */
const KEY = "cellscope-voted"; // the numbers of votes, for all tabs: a phone has one ballot
const MOST_KEPT = 40;
const votedIn = () => (recall(KEY) ?? "").split(" ").filter(Boolean);
const hasVoted = () => votedIn().includes(String(vote?.number));
const MARK = "cellscope-ballot"; // number of the vote, and what the ballot on it is marked with, in all tabs
/** @type {{ number: number, message: object } | null} */
let unheard = null; // a ballot of which it is not known whether it was counted

/** Random, another for each vote: a ballot that is sent again is counted once. @param {number} number */
function markOf(number) {
  const [of, kept] = (recall(MARK) ?? "").split(" ");
  if (kept && of === String(number)) return kept;
  const mark = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  remember(MARK, `${number} ${mark}`);
  return mark;
}

/** Show what is put to the room, or nothing. @param {HallQuestion} message */
export function hear(message) {
  if (message.number !== vote?.number) given = {};
  vote = message.question === null ? null : message;
  problem = null;
  if (unheard?.number === vote?.number && vote?.stage === "open" && !hasVoted()) send(/** @type {any} */ (unheard?.message));
  draw();
}

/** The ballot was counted. @param {{ number: number }} message */
export function counted({ number }) {
  unheard = null;
  remember(KEY, [...votedIn(), number].slice(-MOST_KEPT).join(" "));
  draw();
}

addEventListener("storage", ({ key }) => key === KEY && draw());

/** A number that was typed and not sent keeps its value in another language. @param {string} from @param {string} to */
export function translateDrafts(from, to) {
  for (const { name, options } of vote?.parts ?? []) {
    const value = options ? NaN : readNumber(given[name] ?? "", from);
    if (Number.isFinite(value)) given[name] = typed(value, to);
  }
}

/** It was refused: say why. @param {Problem} message */
export function refused(message) {
  unheard = null;
  problem = () => message.messages?.[state.language] ?? message.message;
  draw();
}

export function draw() {
  const host = element("hall-vote");
  host.hidden = !vote;
  if (!vote) return host.replaceChildren();
  const said = (/** @type {Said} */ texts) => texts[state.language] ?? texts.en;
  const open = vote.stage === "open" && !hasVoted();
  const note = hasVoted() ? text("hall_voted") : vote.stage === "open" ? "" : text("hall_vote_closed");
  host.replaceChildren(
    make("h2", { textContent: `${vote.question} ${said(vote.title)}` }),
    make("p", { textContent: said(vote.ask) }),
    ...(open ? [ballot(vote, said)] : []),
    ...[problem?.(), note].filter(Boolean).map((words) => make("p", { role: "status", textContent: words })));
}

/** @param {HallVote} vote @param {Spoken} said */
function ballot(vote, said) {
  const form = make("form", {}, ...vote.parts.map((part) => (part.options ? choice(part, said) : box(part, said))),
    make("button", { textContent: text("hall_vote") }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    cast(vote);
  });
  return form;
}

/** @param {HallPart} part @param {Spoken} said */
function choice({ name, asked, options }, said) {
  const rows = Object.entries(options ?? {}).map(([option, texts]) => {
    const input = make("input", { type: "radio", name, value: option, checked: given[name] === option });
    input.addEventListener("change", () => (given[name] = option));
    return make("label", {}, input, make("span", { textContent: said(texts) }));
  });
  return make("fieldset", {}, make("legend", { textContent: said(asked) }), ...rows);
}

/** @param {HallPart} part @param {Spoken} said */
function box({ name, asked }, said) {
  const input = make("input", { type: "text", inputMode: "decimal", autocomplete: "off", value: given[name] ?? "" });
  input.addEventListener("input", () => (given[name] = input.value));
  return make("label", { className: "number" }, make("span", { textContent: said(asked) }), input);
}

function cast(/** @type {HallVote} */ vote) {
  const values = vote.parts.map(({ name, options }) => (options ? given[name] : readNumber(given[name] ?? "", state.language)));
  const missing = vote.parts.some(({ options }, k) => (options ? values[k] === undefined : !Number.isFinite(values[k])));
  const message = { type: "vote", question: vote.question, number: vote.number, prediction: values, mark: markOf(vote.number) };
  const sent = !missing && send(message);
  if (sent) unheard = { number: vote.number, message };
  problem = missing ? () => text("hall_vote_missing") : sent ? null : () => text("hall_vote_unsent");
  if (problem) draw();
}
