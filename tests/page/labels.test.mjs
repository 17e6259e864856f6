import assert from "node:assert/strict";
import { test } from "node:test";
import { apart, spread } from "../../assets/modules/core/labels.mjs";

const name = (/** @type {string} */ text, /** @type {number} */ y, more = {}) => ({ text, y, x: 1, xref: "paper", yref: "paper", xanchor: "left", font: { size: 20 }, ...more });
const close = (/** @type {number[]} */ found, /** @type {number[]} */ expected) => found.forEach((value, k) => assert.ok(Math.abs(value - expected[k]) < 1e-9, `${found}`));

test("places move apart as little as can be, and stay inside", () => {
  close(spread([0.5, 0.5, 0.9], 0.1), [0.45, 0.55, 0.9]);
  close(spread([0.97, 1], 0.1), [0.9, 1]);
});

test("names keep their order and lie a line apart", () => {
  const found = apart([name("b", 0.52), name("a", 0.5), { text: "note", x: 0.5, xref: "paper" }], 230);
  assert.deepEqual(found.map(({ text }) => text), ["note", "a", "b"]);
  close(found.slice(1).map(({ y }) => y ?? NaN), [0.46, 0.56]);
});

test("where there is no room bounds go, the nearest first, and what was measured stays", () => {
  const bounds = [name("A", 0.9, { name: "bound" }), name("B", 0.88, { name: "bound" })];
  const found = apart([name("data", 0.1), name("window", 0.3), ...bounds], 46);
  assert.deepEqual(found.map(({ text }) => text), ["data", "window", "A"]);
  close(found.map(({ y }) => y ?? NaN), [0, 0.5, 1]);
});

test("nothing that came from the server is changed", () => {
  const given = [name("a", 0.5), name("b", 0.5)];
  apart(given, 100);
  assert.deepEqual(given.map(({ y }) => y), [0.5, 0.5]);
});
