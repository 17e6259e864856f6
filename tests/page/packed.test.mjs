// Messages come in their order, those that are packed unpacked, and none holds up the others.
import assert from "node:assert/strict";
import test from "node:test";
import { inOrder, split } from "../../assets/modules/core/packed.mjs";

/** @param {object} header @param {Uint8Array} body */
function message(header, body) {
  const head = new TextEncoder().encode(JSON.stringify(header));
  const all = new Uint8Array(4 + head.length + body.length);
  new DataView(all.buffer).setUint32(0, head.length, true);
  all.set(head, 4);
  all.set(body, 4 + head.length);
  return all.buffer;
}

const bytes = new Uint8Array([7, 8, 9]);
const frame = message({ kind: "frame", step: 12 }, bytes);
const packedFrame = await packed(false, frame);
const packedText = await packed(true, '{"type": "panel"}');

/** @param {boolean} text @param {BlobPart} content */
async function packed(text, content) {
  const deflated = new Response(new Blob([content]).stream().pipeThrough(new CompressionStream("deflate")));
  return message({ kind: "packed", text }, new Uint8Array(await deflated.arrayBuffer()));
}

/** What is taken of some messages, once all are there. @param {(string | ArrayBuffer)[]} messages @param {(data: string | ArrayBuffer) => void} [also] */
function taken(messages, also = () => {}) {
  return new Promise((done) => {
    /** @type {unknown[]} */
    const all = [];
    const give = inOrder((data) => {
      all.push(typeof data === "string" ? data : split(new Uint8Array(data))[0].step);
      if (all.length === messages.length) done(all);
      also(data);
    });
    messages.forEach(give);
  });
}

test("what is not packed comes at once", () => {
  /** @type {unknown[]} */
  const all = [];
  const give = inOrder((data) => all.push(data));
  [frame, "a"].forEach(give);
  assert.deepEqual(all, [frame, "a"]);
});

test("what is packed is unpacked, and what comes after it waits for it", async () => {
  assert.deepEqual(await taken([packedFrame, "a", packedText, frame, "b"]), [12, "a", '{"type": "panel"}', 12, "b"]);
});

test("one that can't be used is reported and holds up none", async () => {
  /** @type {unknown[]} */
  const reported = [];
  globalThis.reportError = (error) => reported.push(error);
  const fault = new Error("of a handler");
  const all = await taken([packedFrame, "a", "b"], (data) => {
    if (data === "a") throw fault;
  });
  await new Promise((done) => setTimeout(done));
  assert.deepEqual([all, reported], [[12, "a", "b"], [fault]]);
});
