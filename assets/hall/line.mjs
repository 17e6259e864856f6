// The small page's socket: opened anew when it is cut; what comes goes to who has asked for it.
import { recall, remember } from "../modules/core/memory.mjs";
import { state } from "../modules/core/state.mjs";

const RETRY_MS = [250, 500, 1000, 2000, 4000];
const SILENT_MS = 15000; // without a message, then it is opened anew
const FINAL = new Set(["unknown", "ended"]); // why there is no room: asking again is of no use
/** @type {Map<string, (message: any) => void>} */
const handlers = new Map(); // type of message -> what is done with it
/** @type {Map<string, (header: any, body: Uint8Array<ArrayBuffer>) => void>} */
const binary = new Map(); // kind of binary message -> what is done with its header and body
/** @type {WebSocket | null} */
let socket = null;
let code = "";
let tries = 0;
let waiting = 0;
let heard = 0;
let resting = false;
/** @type {() => void} */
let cut = () => {};
// What the phone shows as it comes back: it had the code, and a draw of the hall's sample.
/** @type {Record<string, unknown>} */
const shown = { admission: null, draw: null };

/**
 * Have a function called with every message of a type.
 * @template {keyof Messages} T @param {T} type @param {(message: Messages[T]) => unknown} handler
 */
export const on = (type, handler) => handlers.set(type, handler);

/**
 * Have a function called with header and body of every binary message of a kind.
 * @template {keyof BinaryHeaders} K @param {K} kind
 * @param {(header: BinaryHeaders[K], body: Uint8Array<ArrayBuffer>) => void} handler
 */
export const onBinary = (kind, handler) => binary.set(kind, handler);

/** Have a function called whenever the line was cut. @param {() => void} handler */
export const onCut = (handler) => (cut = handler);

/** @param {string} name */
const keptAs = (name) => `cellscope-hall-${name}`;

/**
 * Keep something to be shown when the line is opened anew, also by a page that is loaded again.
 * @param {string} name @param {unknown} value
 */
export function keep(name, value) {
  shown[name] = value;
  remember(keptAs(name), JSON.stringify({ code, value }), "sessionStorage");
}

/** What was kept of this room. @param {string} name @returns {unknown} */
function kept(name) {
  try {
    const found = JSON.parse(recall(keptAs(name), "sessionStorage") ?? "null");
    return found?.code === code ? found.value : null;
  } catch {
    return null; // none of ours
  }
}

/** Send a message; false if there is nobody to hear it. @param {{ type: string, [key: string]: unknown }} message */
export function send(message) {
  if (socket?.readyState !== WebSocket.OPEN) return false;
  socket.send(JSON.stringify(message));
  return true;
}

/** Enter a room. @param {string} room */
export function enter(room) {
  code = room;
  tries = 0;
  for (const name of Object.keys(shown)) shown[name] = kept(name);
  connect();
}

function leave() {
  code = "";
  clearTimeout(waiting);
  socket?.close();
}

/** The page is left; a browser may keep it, and show it again as it was: until then the line stays cut. */
export function rest() {
  resting = true;
  socket?.close();
}

function connect() {
  clearTimeout(waiting);
  if (!code) return;
  const address = new URL("./stream", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  address.search = address.hash = "";
  const opened = new WebSocket(address);
  const before = socket;
  socket = opened;
  before?.close();
  opened.binaryType = "arraybuffer";
  opened.onopen = () => opened.send(JSON.stringify({ type: "hello", room: code, lang: state.language, ...shown }));
  opened.onmessage = ({ data }) => {
    if (opened !== socket) return;
    heard = performance.now();
    if (typeof data === "string") take(JSON.parse(data));
    else receive(new Uint8Array(data));
  };
  opened.onclose = () => {
    if (opened !== socket || !code) return;
    cut();
    if (resting) return;
    waiting = setTimeout(connect, RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)] * (0.7 + 0.6 * Math.random()));
  };
}

/** @param {Message} message */
function take(message) {
  if (message.type === "following") {
    tries = 0;
    keep("admission", message.admission);
  }
  if (message.type === "no-room" && FINAL.has(message.why)) leave();
  handlers.get(message.type)?.(message);
}

/** @param {Uint8Array<ArrayBuffer>} bytes */
function receive(bytes) {
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  binary.get(header.kind)?.(header, bytes.subarray(4 + length));
}

/** A phone wakes up: its line may be dead without its knowing. */
function hurry() {
  send({ type: "visible", visible: !document.hidden });
  if (!document.hidden && code && socket?.readyState !== WebSocket.CONNECTING) {
    if (socket?.readyState !== WebSocket.OPEN || performance.now() - heard > SILENT_MS) connect();
  }
}

document.addEventListener("visibilitychange", hurry);
addEventListener("online", () => resting || hurry());
addEventListener("pageshow", () => {
  resting = false;
  hurry();
});
