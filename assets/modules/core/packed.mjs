// Binary messages, and those that come packed within one: over a network that takes less time than their bytes do.
const NEAR = /^(localhost|127\.0\.0\.1|\[::1\])$/; // one's own computer
const SHORT = 64; // bytes that a header has at most that says no more than "packed"

/** A message as it comes. @typedef {string | ArrayBuffer} Data */

/** Whether this browser can. */
export const canUnpack = () => "DecompressionStream" in globalThis;

/** Whether large messages are to be sent packed from the beginning. */
export const wantsPacked = () => !NEAR.test(location.hostname) && canUnpack();

/**
 * Gives messages on in the order in which they came, packed ones unpacked; at once where none waits for that.
 * @param {(message: Data) => void} take
 */
export function inOrder(take) {
  let waiting = 0;
  let turn = Promise.resolve();
  return (/** @type {Data} */ data) => {
    const content = unpacked(data);
    if (!content && !waiting) return take(data);
    waiting++;
    turn = turn.then(() => content ?? data).then(take).catch((error) => reportError(error)).finally(() => waiting--); // none holds up the others
  };
}

/** What is packed in a message; null: it is none of these. @param {Data} data @returns {Promise<Data> | null} */
function unpacked(data) {
  if (typeof data === "string" || new DataView(data).getUint32(0, true) > SHORT) return null;
  const [header, body] = split(new Uint8Array(data));
  if (header.kind !== "packed") return null;
  const content = new Response(new Blob([body]).stream().pipeThrough(new DecompressionStream("deflate")));
  return header.text ? content.text() : content.arrayBuffer();
}

/**
 * A binary message's header and what follows it.
 * @param {Uint8Array<ArrayBuffer>} bytes @returns {[header: any, body: Uint8Array<ArrayBuffer>]}
 */
export function split(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return [header, bytes.subarray(4 + length)];
}
