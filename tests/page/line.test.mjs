// Packing is tried where pictures come late, and kept where that helps.
import assert from "node:assert/strict";
import test from "node:test";
import { line } from "../../assets/modules/core/line.mjs";

/** What is decided, by the number of the picture. @param {number[]} ways */
function decided(ways) {
  const pack = line();
  return ways.map(pack).flatMap((pack, k) => (pack === null ? [] : [[k, pack]]));
}

/** @param {number} count @param {number} way */
const times = (count, way) => Array(count).fill(way);

test("pictures in time change nothing, nor does one that is late now and then", () => {
  assert.deepEqual(decided(times(100, 140)), []);
  assert.deepEqual(decided([...times(3, 300), 20, ...times(3, 300), 20]), []);
});

test("a slow line is packed and stays so", () => {
  assert.deepEqual(decided([...times(5, 200), ...times(2, 200), ...times(100, 40)]), [[4, true]]);
  assert.deepEqual(decided([1700, 1700, 1700, ...times(100, 300)]), [[0, true]]);
});

test("where a browser is slow itself it was tried once", () => {
  assert.deepEqual(decided(times(100, 250)), [[3, true], [11, false]]);
});
