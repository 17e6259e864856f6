// The state machine of the guide: question, stage, what is veiled, whether its experiment is opened.
import assert from "node:assert/strict";
import test from "node:test";
import { CLOSED, backward, forward, moved } from "../../assets/modules/guide/state.mjs";

const questions = ["a", "b", "c"];
/** @type {GuideEvent} */
const OPENED = { type: "open", question: "a", progress: "open" };
/** @type {GuideEvent} */
const BARE = { type: "bare", own: true };

/**
 * The states after each event; "forward" and "backward" are the turns of a lecture.
 * @param {(GuideEvent | "forward" | "backward")[]} events @param {Record<string, string>} progress
 */
function run(events, progress = {}) {
  const of = (/** @type {string} */ question) => progress[question] ?? "open";
  let state = CLOSED;
  const turned = (/** @type {"forward" | "backward"} */ turn) => (turn === "forward"
    ? forward(state, { questions, ready: false, answers: true })
    : backward(state, { questions, progress: of(state.question ?? ""), answers: true }));
  /** @type {(turn: Turn | null) => GuideEvent | null} */
  const asEvent = (turn) => (typeof turn === "string" ? { type: turn, own: true }
    : turn && { type: "open", question: turn.open, progress: of(turn.open) });
  return events.map((event) => {
    const next = typeof event === "string" ? asEvent(turned(event)) : event;
    let opens = false;
    if (next !== null) ({ state, opens } = moved(state, next));
    return [state.question, state.stage, state.veiled, opens].map((part) => part ?? "").join(" ");
  });
}

test("a prediction leaves what is on screen, unless it was changed under the cover, or by a link", () => {
  const [own, other] = [true, false].map((is) => /** @type {GuideEvent} */ ({ type: "predict", own: is }));
  const linked = { ...OPENED, here: true, own: false };
  assert.deepEqual(run([OPENED, own]), ["a predict a true", "a see  false"]);
  assert.equal(run([OPENED, other])[1], "a see  true");
  assert.deepEqual(run([linked, other]), ["a predict a false", "a see  false"]);
  assert.equal(run([linked, { type: "restart" }])[1], "a predict a true");
});

test("the list of questions uncovers nothing, another preset does", () => {
  assert.deepEqual(run([OPENED, { type: "close" }, BARE]), ["a predict a true", " list a false", " list  false"]);
  assert.equal(run([OPENED, { type: "close", here: true }])[1], " list  false");
});

test("what was bared stays so until it is answered anew", () => {
  assert.equal(run([OPENED, BARE, { type: "close" }, OPENED])[3], "a predict  true");
  assert.equal(run([OPENED, BARE, { type: "again" }])[2], "a predict a true");
});

test("a lecture goes there and back again, and fails at neither end", () => {
  const there = run(Array(10).fill("forward")).map((step) => step.replace(/ \w+$/, ""));
  assert.deepEqual(there, [
    "a predict a", "a see ", "a answer ", "b predict b", "b see ", "b answer ",
    "c predict c", "c see ", "c answer ", "c answer ",
  ]);
  assert.deepEqual(run([...Array(5).fill("forward"), ...Array(6).fill("backward")]).slice(5), [
    "b predict b true", "a answer  true", "a see  false",
    "a predict a true", "a predict a false", "a predict a false",
  ]);
});

test("of a question that was predicted nothing is covered any more", () => {
  const done = { a: "predicted", b: "explained" };
  assert.deepEqual(run(["forward", "forward", "forward", "backward", "backward"], done), [
    "a see  true", "a answer  false", "b answer  true", "b see  false", "a answer  true",
  ]);
});

test("an event that there is not is an error", () => {
  assert.throws(() => moved(CLOSED, /** @type {any} */ ({ type: "guess" })), /no event/);
});
