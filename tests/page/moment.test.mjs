import assert from "node:assert/strict";
import { test } from "node:test";
import { isBehind, stateOf } from "../../assets/modules/core/moment.mjs";

test("a frame's state is asked for by its version, one that is shown again by its step", () => {
  const header = /** @type {FrameHeader} */ ({ version: 7, run: 1, step: 40, recalled: false });
  assert.deepEqual(stateOf(header), { version: 7 });
  assert.deepEqual(stateOf({ ...header, version: -2 }), { run: 1, step: 40 });
});

test("what trains is behind while its version is lower", () => {
  assert.ok(isBehind(6, 7));
  assert.ok(!isBehind(7, 7));
  assert.ok(!isBehind(8, 7));
  assert.ok(!isBehind(8, undefined));
});

test("of states that are shown again only the one on screen is not behind", () => {
  assert.ok(isBehind(-2, -3));
  assert.ok(isBehind(-3, -2));
  assert.ok(isBehind(7, -1));
  assert.ok(isBehind(-1, 7));
  assert.ok(!isBehind(-3, -3));
});
