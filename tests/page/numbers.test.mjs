// Numbers as people read and type them, in both languages.
import assert from "node:assert/strict";
import test from "node:test";
import { grouped, number, typed, withPoint } from "../../assets/modules/core/numbers.mjs";
import { given, isGiven, readNumber } from "../../assets/modules/guide/numbers.mjs";

/** @type {[raw: string, language: string, read: string | null][]} */
const BOXES = [
  ["0,125", "de", "0.125"], ["0.125", "de", "0.125"], ["0,125", "en", "0.125"], ["1,5e-3", "en", "1.5e-3"],
  ["1,125", "de", "1.125"], ["1.125", "en", "1.125"], ["1.125", "de", null], ["1,125", "en", null],
  [",5", "de", ".5"], ["1.5", "de", "1.5"], ["1.125,5", "de", "1.125,5"], ["viel", "de", "viel"],
];
/** @type {[raw: string, language: string, read: number][]} */
const PREDICTIONS = [
  ["20.000", "de", 20000], ["20,000", "en", 20000], ["20 000", "en", 20000], ["2e4", "de", 20000],
  ["0.125", "de", 0.125], ["0,125", "en", 0.125], ["1,5", "de", 1.5], ["2·10⁴", "de", 20000], ["10^-3", "en", 0.001],
];

test("a box takes either decimal sign, and no number that could be two", () => {
  for (const [raw, language, read] of BOXES) assert.equal(withPoint(raw, language), read, `${raw} (${language})`);
});

test("a prediction is read as people write it", () => {
  for (const [raw, language, read] of PREDICTIONS) assert.equal(readNumber(raw, language), read, `${raw} (${language})`);
  assert.ok(Number.isNaN(readNumber("", "de")) && Number.isNaN(readNumber("about five", "en")));
});

test("a prediction is whole once each part has its answer, within its range", () => {
  /** @type {Part[]} */
  const parts = [{ name: "way", options: ["up", "down"] }, { name: "count", low: 1, high: 9, whole: true }];
  /** @type {(draft: Record<string, string>) => boolean[]} */
  const whole = (draft) => given(parts, draft, "en").map((value, k) => isGiven(parts[k], value));
  assert.deepEqual(whole({}), [false, false]);
  assert.deepEqual(whole({ way: "up", count: "4" }), [true, true]);
  assert.deepEqual(whole({ way: "up", count: "4.5" }), [true, false]);
  assert.deepEqual(whole({ count: "10" }), [false, false]);
});

test("numbers have three digits, the language's sign, and powers of ten at the ends", () => {
  assert.equal(number(0.12345, "de"), "0,123");
  assert.equal(number(12345, "en"), "12\u202f300");
  assert.equal(number(1.5e-7, "de"), "1,5·10⁻⁷");
  assert.equal(number(-1e9, "en"), "−10⁹");
  assert.equal(number(Infinity, "en"), "∞");
  assert.equal(number(NaN, "en"), "NaN");
  assert.equal(grouped(-1234567), "−1\u202f234\u202f567");
});

test("what is typed into a box keeps its digits", () => {
  assert.equal(typed(0.125, "de"), "0,125");
  assert.equal(typed("max", "de"), "max");
});
