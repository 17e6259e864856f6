// The socket to the experiment: frames come binary, everything else as JSON.
import { data, element, setProps, state, text, write } from "./page.mjs";
import { allSaid, showProblems, showReadouts, toldSettings, welcomeSettings } from "./controls.mjs";
import { drawFrames, showPoints, showProgress } from "./picture.mjs";
import { setPrecision } from "./signal.mjs";
import { setLanguage } from "./lang.mjs";
import { setTab } from "./tabs.mjs";
import { fold } from "./folds.mjs";
import { goalStep, setGoal } from "./goal.mjs";
import { setLecture } from "./lecture.mjs";
import { bring, countAt } from "./steps.mjs";
import { showTables } from "./tables.mjs";
import { setTheme } from "./theme.mjs";
import { welcomeGuide } from "./guide.mjs";
import { hush, toast } from "./toast.mjs";
import { findReason, noOutage, outage } from "./outage.mjs";
import { alive, leavePath, watchPath, watchPulse } from "./pulse.mjs";
import { showInspection } from "./inspector.mjs";
import { offer } from "./again.mjs";
import { link, linkOpens, writeLink } from "./link.mjs";
import { earlierSessions, keepServer, keepSession, offered, savedServer, savedSession } from "./tab.mjs";
import { showLine } from "./ruler.mjs";
import { showDraws, showSurvey, thumbSide } from "./survey.mjs";
import { renew, ticket } from "./ticket.mjs";
import { unlessVeiled } from "./veil.mjs";

const FRAMES = new Set(["frame", "both"]); // counted also while they are not shown
const ESCAPED_AMPERSAND = /^#(0*38|x0*26);/i; // &#38; of an address that was escaped twice
const RETRY_MS = [250, 500, 1000, 2000];
const OPENING_MS = 15000; // until the welcome
const CERTAIN = 3; // tries after which a socket that does not open is taken to be blocked
let socket = null;
const EARLY_MS = 6; // from which a frame's work on the server is asked for ahead of the screen
let asking = false; // whether a frame is on its way
let undrawn = null; // the frames of one state that wait for the screen
let tries = 0;
let clockOffset = 0; // server's clock minus ours, ms
let bestRoundTrip = Infinity;
let retrying = 0;
let opening = 0;
let refused = null; // the server is full: it says so, and asking again is the user's choice
const now = () => performance.timeOrigin + performance.now();

export const toServerClock = (time) => time + clockOffset;

/** Send a message, if there is somebody to hear it. */
export function send(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

/** Tell the server what is looked at. */
export function look() {
  const { theme, language, side, precision, tab, which } = state;
  const strip = thumbSide();
  send({ type: "view", ...state.view, ...(strip && { strip }), lang: language, theme, side, precision, tab, which });
}

export function start() {
  connect();
  watchPulse();
  element("share").addEventListener("click", shareLink);
  document.addEventListener("visibilitychange", () => {
    send({ type: "visible", visible: !document.hidden });
    if (!document.hidden) requestFrame();
    if (!document.hidden) hurry();
  });
  for (const event of ["online", "pageshow"]) addEventListener(event, hurry);
}

/** Ask for the newest state; the answer is one frame. */
export function requestFrame() {
  asking = true;
  send({ type: "next" });
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
    const session = state.session ?? savedSession(); // a reload, or the line was cut
    const before = earlierSessions().map((one) => one.session);
    const resume = session !== null;
    const hello = { type: "hello", session, resume, before, query, lang: state.language, server: savedServer(), ticket: ticket() };
    opened.send(JSON.stringify(hello));
  };
  socket.onmessage = ({ data }) => {
    if (opened !== socket) return; // of a path that was given up
    alive();
    if (typeof data === "string") hear(JSON.parse(data));
    else receive(data);
  };
  socket.onclose = ({ code }) => renew(code).then(() => opened === socket && lost());
}

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
  leavePath();
  undrawn = null;
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

const handlers = new Map(); // type of message -> what is done with it
const binary = new Map(); // kind of binary message -> what is done with its header and bytes
const jobs = new Map(); // kind of job -> who shows its state

const welcomes = []; // what is done whenever the socket has been opened

/** Have a function called whenever the socket has been opened and the settings are there. */
export const onWelcome = (handler) => welcomes.push(handler);

/** Have a function called with every message of a type. */
export const on = (type, handler) => handlers.set(type, handler);

/** Have a function called with header and body of every binary message of a kind. */
export const onBinary = (kind, handler) => binary.set(kind, handler);

/** Have a function called with every state of a kind of job. */
export const onJob = (kind, handler) => jobs.set(kind, handler);

const hear = (message) =>
  unlessVeiled(message.type, message.kind ?? Object.keys(message.figures ?? {}), () => handlers.get(message.type)?.(message));

on("panel", showPanel);
on("welcome", welcome);
on("problem", (message) => showProblems([message], [message.field]));
on("looking", ({ view, readouts }) => {
  state.view = view;
  showReadouts(readouts);
  writeLink();
});
on("settings", toldSettings);
on("clock", setClock);
on("line", (answer) => showLine(answer));
on("draws", (answer) => showDraws(answer));
on("inspection", (answer) => showInspection(answer));
on("job", (message) => jobs.get(message.kind)?.(message));
on("full", ({ limit }) => {
  refused = () => text("full", { limit });
  outage(refused);
});
onBinary("survey", (header, bytes) => showSurvey(header, bytes));
onBinary("frame", (header, bytes) => receiveFrames([frameOf(header, bytes)]));
onBinary("both", ({ first }, bytes) => {
  receiveFrames([bytes.subarray(0, first), bytes.subarray(first)].map((part) => frameOf(...split(part))));
});

function welcome(message) {
  tries = 0;
  bestRoundTrip = Infinity;
  clearTimeout(opening);
  noOutage();
  watchPath(askTheTime, reconnect);
  keepServer(message.server);
  keepSession(message.session);
  if (state.session !== message.session) state.step = 0; // until a frame says more
  state.session = message.session;
  offer(offered(message.fresh, message.resumed) ? message.before : null);
  setProps("session", { data: message.session });
  state.view = message.view;
  if (message.looks.lang && message.looks.lang !== state.language) setLanguage(message.looks.lang);
  fold(message);
  setGoal(message.step);
  setLecture(message.looks.lecture === "1");
  if (message.looks.theme) setTheme(message.looks.theme);
  if (message.looks.which) state.which = message.looks.which;
  if (message.looks.tab) setTab(message.looks.tab);
  if (message.looks.side) setProps("side", { value: message.looks.side });
  if (message.looks.precision) setPrecision(message.looks.precision);
  welcomeSettings(message);
  showReadouts(message.readouts);
  showProblems(message.problems);
  if (message.note || message.problems.length) {
    toast(() => [message.note && ended(message), allSaid(message.problems)].filter(Boolean).join(" "));
  } else hush();
  setProps("preset", { value: state.preset = message.sheet ?? "none" });
  writeLink();
  look();
  send({ type: "visible", visible: !document.hidden });
  welcomeGuide(message.sheet);
  for (let k = 0; k < 4; k++) setTimeout(askTheTime, 150 * k);
  for (const welcomed of welcomes) welcomed();
  requestFrame();
}

const ENDED = {
  restarted: () => text("ended_restarted"),
  idle: () => text("ended_idle"),
  place: () => text("ended_place"),
  gone: () => text("ended_gone"),
};

/** The server does not have the experiment any more: why, and what became of it. */
const ended = ({ note, step }) => `${ENDED[note]()} ${step ? text("again_to", { step }) : text("again")}`;

/** Again and again, as an answer that has to wait for the page is of little use; the best counts. */
const askTheTime = () => send({ type: "clock", sent: now() });

function setClock({ sent, server }) {
  const received = now();
  if (received - sent > bestRoundTrip) return;
  bestRoundTrip = received - sent;
  clockOffset = server - (sent + received) / 2;
}

/** Ask for a picture with a point for every pixel of the screen; for pictures at rest. */
export function sharpen(pixels) {
  send({ type: "sharp", pixels });
  requestFrame();
}

function receive(buffer) {
  const [header, bytes] = split(new Uint8Array(buffer));
  unlessVeiled(FRAMES.has(header.kind) ? "" : header.kind, "", () => binary.get(header.kind)?.(header, bytes));
}

/** A binary message's header and what follows it. */
function split(bytes) {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return [header, bytes.subarray(4 + length)];
}

function frameOf(header, bytes) {
  const size = header.width * header.height;
  const ends = size + 8 * header.lines;
  return {
    header,
    indices: bytes.subarray(0, size),
    ends: new Uint16Array(bytes.slice(size, ends).buffer), // a copy: aligned
    styles: bytes.subarray(ends, ends + header.lines),
  };
}

/** The frames of one state: of one network, or of two. */
function receiveFrames(frames) {
  // A slow server works while we wait for the screen and draw; a quick one would only send
  // more frames than the screen shows.
  asking = false;
  if (Math.max(...frames.map(({ header }) => header.workMs)) > EARLY_MS) requestFrame();
  const waiting = undrawn !== null;
  undrawn = frames;
  if (waiting) return; // the newest wins
  requestAnimationFrame(() => {
    const newest = undrawn;
    if (!newest) return; // the line was cut: it is no news any more
    undrawn = null;
    if (!asking) requestFrame(); // before drawing: the server works while we do
    if (state.covered) showProgress(newest[0].header);
    unlessVeiled("frame", "", () => drawFrames(newest));
    count(...newest.map((frame) => frame.header));
  });
}

// What the link opens, where that is not just what is on screen.
const LINK_OPENS = {
  goal: () => text("link_goal", { step: goalStep() }),
  step: (step) => text("link_step", { step }),
  moving: () => text("link_moving"),
  changed: () => text("link_changed"),
  far: () => text("link_far", { high: data.farthest }),
};

async function shareLink() {
  const opens = linkOpens();
  const { step } = state;
  const told = (copied) => toast(() => [copied(), opens === "all" ? "" : LINK_OPENS[opens](step)].join(" ").trim());
  try {
    await navigator.clipboard.writeText(new URL(link(), location.href).href);
    told(() => text("copied"));
  } catch {
    told(() => text("copy_yourself"));
  }
}

const age = (header) => Math.max(0, toServerClock(now()) - header.published);

function count(header, second) {
  const seen = window.cellscope;
  Object.assign(seen, {
    frames: seen.frames + 1,
    step: header.step,
    version: header.version,
    // Of the first drawing: the same state drawn again, in another view say, is no late news.
    latencyMs: header.version === seen.version ? seen.latencyMs : age(header),
    exact: header.exact,
    width: header.width,
    height: header.height,
    compare: second ? seenOf(second) : null,
  });
}

/** What a script may want to know of the second network. */
function seenOf({ step, own, version, exact, width, height, count }) {
  return { step, status: own, version, exact, width, height, count };
}

function showPanel(message) {
  for (const [id, figure] of Object.entries(message.figures)) setProps(id, { figure });
  for (const [id, value] of Object.entries(message.texts)) write(id, value);
  showTables(message.tables);
  for (const [part, step] of Object.entries(message.steps)) bring(part, step);
  countAt(message.counted);
  if (message.points) showPoints(message.points);
  setTimeout(askTheTime, 150);
}

window.cellscope = {
  frames: 0, step: 0, version: 0, latencyMs: null, exact: false, width: 0, height: 0,
  compare: null,
};
