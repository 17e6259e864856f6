// The socket to the experiment: frames come binary, everything else as JSON. Whoever shows a kind of
// message says so with `on`; the socket knows nothing of the page but how to say that it is cut.
import { state, text } from "./page.mjs";
import { findReason, noOutage, outage } from "./outage.mjs";
import { inOrder, split, wantsPacked } from "./packed.mjs";
import { alive, leavePath, watchPath, watchPulse } from "./pulse.mjs";
import { earlierSessions, keepServer, presentedSession, savedServer, savedSession } from "./tab.mjs";
import { renew, ticket } from "./ticket.mjs";

const FRAMES = new Set(["frame", "both"]); // counted also while they are not shown
const ESCAPED_AMPERSAND = /^#(0*38|x0*26);/i; // &#38; of an address that was escaped twice
const RETRY_MS = [250, 500, 1000, 2000];
const OPENING_MS = 15000; // until the welcome
/** A message as it comes. @typedef {import("./packed.mjs").Data} Data */
/** Decides what is done with a message of a type, and a part of it. @typedef {(type: string, part: string | string[], hear: () => void) => void} Keeper */
const CERTAIN = 3; // tries after which a socket that does not open is taken to be blocked
/** @type {WebSocket | null} */
let socket = null;
/** @type {Data[] | null} */
let held = []; // what has come before the page stands; null: it stands
/** @type {(data: Data) => void} */
let ahead = () => {}; // who looks at it meanwhile
let tries = 0;
let clockOffset = 0; // server's clock minus ours, ms
let bestRoundTrip = Infinity;
let retrying = 0;
let opening = 0;
const FULL = /** @type {Record<string, string>} */ ({ memory: "full_memory", threads: "full_threads" });
let refused = /** @type {(() => string) | null} */ (null); // the server is full: it says so, and asking again is the user's choice
export const now = () => performance.timeOrigin + performance.now();

/** @param {number} time */
export const toServerClock = (time) => time + clockOffset;

/** Send a message, if there is somebody to hear it. @param {{ type: string, [key: string]: unknown }} message */
export function send(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

/**
 * Open the socket: the first picture is made while the page is built; `peek` sees what comes before that stands.
 * @param {(data: Data) => void} peek
 */
export function open(peek) {
  ahead = peek;
  connect();
}

/** The page stands: hear what has come meanwhile, the picture first, and all that comes. */
export function start() {
  const [welcome, ...others] = held ?? [];
  if (welcome) take(welcome);
  for (const frame of others.filter(isFrame)) take(frame);
  held = others.filter((message) => !isFrame(message));
  afterPaint(() => {
    const waiting = held;
    held = null;
    waiting?.forEach(take);
  });
  watchPulse();
  document.addEventListener("visibilitychange", () => {
    send({ type: "visible", visible: !document.hidden });
    if (!document.hidden) hurry();
  });
  for (const event of ["online", "pageshow"]) addEventListener(event, hurry);
}

/** Ask for the newest state; the answer is one frame. */
export const requestFrame = () => send({ type: "next" });

/** Ask for a picture with a point for every pixel of the screen; for pictures at rest. @param {number} pixels */
export function sharpen(pixels) {
  send({ type: "sharp", pixels });
  requestFrame();
}

/** The welcome has come: the path is good. @param {string} server */
export function welcomed(server) {
  tries = 0;
  bestRoundTrip = Infinity;
  clearTimeout(opening);
  noOutage();
  watchPath(askTheTime, reconnect);
  keepServer(server);
}

function connect() {
  clearTimeout(retrying);
  clearTimeout(opening);
  const address = new URL("./stream", location.href); // the page may be found below a path
  address.protocol = address.protocol.replace("http", "ws");
  address.search = address.hash = "";
  const opened = new WebSocket(address);
  socket = opened;
  opening = setTimeout(reconnect, OPENING_MS);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    const query = ESCAPED_AMPERSAND.test(location.hash) ? location.search + location.hash : location.search;
    const own = state.session ?? savedSession(); // a reload, or the line was cut
    const presented = presentedSession(); // its room is not left for an earlier one
    const before = presented ? [] : earlierSessions().map((one) => one.session);
    const [session, resume] = [own ?? presented, own !== null];
    const kept = { server: savedServer(), ticket: ticket(), packs: wantsPacked() };
    const hello = { type: "hello", session, resume, anew: true, before, query, lang: state.language, ...kept };
    opened.send(JSON.stringify(hello));
  };
  const unpack = inOrder((data) => opened === socket && arrive(data)); // not of a path that was given up
  socket.onmessage = ({ data }) => {
    if (opened === socket) alive();
    unpack(data);
  };
  socket.onclose = ({ code }) => renew(code).then(() => (opened === socket ? lost() : undefined));
}

/** @param {Data} data */
function arrive(data) {
  if (!held) return take(data);
  if (!held.length) requestFrame();
  held.push(data);
  ahead(data);
}

/** @param {Data} data @returns {data is ArrayBuffer} */
const isBinary = (data) => typeof data !== "string";
/** @param {Data} data */
const isFrame = (data) => isBinary(data) && FRAMES.has(split(new Uint8Array(data))[0].kind);

/** Once the screen shows what was drawn. @param {() => void} then */
const afterPaint = (then) => (document.hidden ? setTimeout(then) : requestAnimationFrame(() => setTimeout(then)));

/** @param {Data} data */
const take = (data) => (isBinary(data) ? receive(data) : hear(JSON.parse(data)));

/** The path is dead, or leads to where our experiment is not: begin anew. */
export function reconnect() {
  if (refused) return outage(refused);
  const dead = socket;
  socket = null;
  dead?.close();
  lost();
}

/** Nothing can come any more: say so, say why, and try again. */
async function lost() {
  clearTimeout(opening);
  if (held) {
    held = [];
    retrying = setTimeout(connect, RETRY_MS[0]);
    return;
  }
  leavePath();
  for (const cut of cuts) cut();
  if (refused) return outage(refused);
  if (!tries) outage(() => text("reconnecting"));
  retrying = setTimeout(connect, RETRY_MS[Math.min(tries++, RETRY_MS.length - 1)]);
  if (tries < CERTAIN) return;
  const reason = await findReason();
  if (!state.connected) outage(reason);
}

/** Somebody has come back: no waiting for the next try. */
function hurry() {
  if (state.connected || refused || !tries || socket?.readyState === WebSocket.CONNECTING) return;
  connect();
}

/** @type {Map<string, ((message: any) => void)[]>} */
const handlers = new Map(); // type of message -> all that is done with it
/** @type {Map<string, (header: any, bytes: Uint8Array<ArrayBuffer>) => void>} */
const binary = new Map(); // kind of binary message -> what is done with its header and bytes
/** @type {Map<string, (job: Job) => void>} */
const jobs = new Map(); // kind of job -> who shows its state
/** @type {Map<string, Job>} */
const told = new Map(); // kind of job -> its newest state

/** @type {(() => void)[]} */
const welcomes = []; // what is done whenever the socket has been opened and the settings are there
/** @type {(() => void)[]} */
const cuts = []; // what is done whenever the line was cut
/** @type {Keeper} */
let filter = (_type, _part, hear) => hear(); // what keeps messages back

/** Have a function called whenever the socket has been opened and the settings are there. @param {() => void} handler */
export const onWelcome = (handler) => welcomes.push(handler);

/** They are there. */
export const greeted = () => welcomes.forEach((handler) => handler());

/** Have a function called whenever the line was cut. @param {() => void} handler */
export const onCut = (handler) => cuts.push(handler);

/** Have a function decide what is done with each message: (type, part, what hears it). @param {Keeper} keeper */
export const keepBack = (keeper) => (filter = keeper);

/**
 * Have a function called with every message of a type, beside those that are called already.
 * @template {keyof Messages} T @param {T} type @param {(message: Messages[T]) => unknown} handler
 */
export const on = (type, handler) => handlers.set(type, [...(handlers.get(type) ?? []), handler]);

/**
 * Have a function called with header and body of every binary message of a kind.
 * @template {keyof BinaryHeaders} K @param {K} kind
 * @param {(header: BinaryHeaders[K], bytes: Uint8Array<ArrayBuffer>) => unknown} handler
 */
export const onBinary = (kind, handler) => binary.set(kind, handler);

/** Have a function called with every state of a kind of job. @param {string} kind @param {(job: Job) => unknown} handler */
export const onJob = (kind, handler) => jobs.set(kind, handler);

on("clock", setClock);
on("job", tellJob);
// Of an experiment that has no such job what was told before is over: nobody else says so.
on("welcome", ({ jobs: there }) => [...told.values()].filter(({ kind, status }) => status === "running" && !there.includes(kind))
  .forEach((job) => tellJob({ ...job, status: "cancelled", done: 0, share: 0, text: "" })));
on("full", ({ limit, why }) => {
  refused = () => text(FULL[why] ?? "full", { limit });
  outage(refused);
});

/** @param {Job} job */
function tellJob(job) {
  told.set(job.kind, job);
  jobs.get(job.kind)?.(job);
}

/** What a message brings: a newer one that brings less is not in its place. @param {{ figures?: object, points?: unknown }} message */
const partsOf = ({ figures = {}, points }) => [...Object.keys(figures), ...(points ? ["points"] : [])];

/** @param {any} message */
const hear = (message) =>
  filter(message.type, message.kind ?? partsOf(message), () => handlers.get(message.type)?.forEach((heard) => heard(message)));

/** Again and again, as an answer that has to wait for the page is of little use; the best counts. */
export const askTheTime = () => send({ type: "clock", sent: now() });

/** @param {Messages["clock"]} message */
function setClock({ sent, server }) {
  const received = now();
  if (received - sent > bestRoundTrip) return;
  bestRoundTrip = received - sent;
  clockOffset = server - (sent + received) / 2;
}

/** @param {ArrayBuffer} buffer */
function receive(buffer) {
  const [header, bytes] = split(new Uint8Array(buffer));
  filter(FRAMES.has(header.kind) ? "" : header.kind, "", () => binary.get(header.kind)?.(header, bytes));
}
