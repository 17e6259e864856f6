// Presenting: the room's code, link and QR code, how many follow. Who presents is proven by a token
// that stays in this tab, and never stands in an address.
import { recall, remember } from "../core/memory.mjs";
import { make } from "../core/elements.mjs";
import { showFigure } from "../core/charts.mjs";
import { element, onLanguage, state, text, write, written } from "../core/page.mjs";
import { on, onWelcome, send } from "../core/socket.mjs";
import { lookedAt } from "../core/link.mjs";
import { goTo, presents } from "../core/tab.mjs";
import { catchUp, onStage } from "../guide/guide.mjs";
import { showVotes, stageOf } from "./votes.mjs";
import { toast } from "../core/toast.mjs";

const KEY = "cellscope-room";
const SPACE = "http://www.w3.org/2000/svg";
/** @type {Room | null} */
let room = null; // what the server said of it
let followers = 0;
/** @type {{ question: string | null, stage: string, covered: boolean }} */
let stage = { question: null, stage: "list", covered: false }; // of the guide
/** @type {Messages["hall-sample"]} */
let sample = { figure: null, draws: null }; // what the server last said of it
let asked = false; // whether the button was pressed: then the room's card opens
let proven = false; // whether this page was loaded with the proof that it presents
let resumed = false; // whether the experiment is as it was left; a link opens something else in it

export function watchRoom() {
  element("present").addEventListener("click", () => (room ? open() : ask()));
  element("room-code").addEventListener("click", open);
  element("room-close").addEventListener("click", () => element("room").close());
  element("room-end").addEventListener("click", () => send({ type: "room-end" }));
  element("room-give").addEventListener("click", () => send({ type: "room-give" }));
  const box = make("input", { id: "room-taken", autocomplete: "off", spellcheck: false, className: "number-box" });
  element("room-taken-place").replaceChildren(box);
  element("room-take").addEventListener("click", () => send({ type: "room-take", code: box.value }));
  on("room-taken", taken);
  on("room-handed", handed);
  on("room", heard);
  on("hall", (message) => {
    followers = message.followers;
    showVotes(message.votes);
    show();
  });
  on("room-code", ({ code }) => write("room-given", text("room_given", { code: spaced(code) })));
  on("hall-sample", sampled);
  onStage((now) => {
    stage = now;
    put();
    showSample();
  });
  element("room-sample").addEventListener("click", () => send({ type: "room-sample", on: !sampling() }));
  let given = presents; // by a one-time code, where no token can be kept
  state.presents = Boolean(recall(KEY, "sessionStorage")) || given;
  on("welcome", (message) => (resumed = message.resumed));
  onWelcome(() => {
    const token = recall(KEY, "sessionStorage");
    proven = Boolean(token);
    if (token) ask(token);
    else if (given) ask(null, false);
    given = false;
  });
  onLanguage(show);
}

/** @param {string | null} token */
function ask(token = null, opens = token === null) {
  asked = opens;
  send({ type: "present", token, at: location.origin + location.pathname });
}

/** @param {Room} message */
function heard(message) {
  const before = room;
  room = message.code ? message : null;
  state.presents = Boolean(room);
  remember(KEY, room?.token ?? "", "sessionStorage");
  if (room) {
    if (!before && room.put && resumed) catchUp(...room.put); // this page was loaded again
    put();
    if (sampling()) send({ type: "room-sample", on: true }); // after a restart the room has none
  } else {
    element("room").close();
    showVotes(null);
    sampled({ figure: null, draws: null });
    if (before || proven) toast(GONE[message.why] ?? GONE.ended);
    proven = false;
  }
  show();
  if (room && asked) open();
  asked = false;
}

/** The guide's question is the room's. */
const put = () => room && send({ type: "room-question", question: stage.question, stage: stageOf(stage), covered: stage.covered });

const sampling = () => element("room-sample").getAttribute("aria-pressed") === "true";

/** The chart of what the phones have drawn. @param {Messages["hall-sample"]} told */
function sampled(told) {
  sample = told;
  element("room-sample").setAttribute("aria-pressed", String(Boolean(told.figure)));
  showSample();
}

/** Not while a question is covered, which it may answer. */
function showSample() {
  const { figure, draws } = sample;
  element("hall-sample-panel").hidden = !figure || stage.covered;
  if (!figure || stage.covered) return;
  write("hall-sample-count", text("room_draws", { draws: draws ?? 0 }));
  showFigure("hall-sample", figure);
}

/** The room's experiment is this tab's from now on: the page opens it. @param {Messages["room-taken"]} room */
function taken({ session, token, shown }) {
  remember(KEY, token, "sessionStorage");
  goTo(session, "&presents", { ...shown, ...shownAs() });
}

/** A screen in a hall stays one. @returns {Record<string, string>} */
const shownAs = () => ({ theme: state.theme, ...(state.lecture ? { lecture: "1" } : {}) });

/** Somebody else presents: this page goes on with a copy of its own. @param {Messages["room-handed"]} room */
function handed({ session }) {
  remember(KEY, "", "sessionStorage");
  if (session) goTo(session, "", { ...lookedAt(), ...shownAs() });
  else location.assign(location.pathname);
}

/** @type {Record<string, () => string>} */
const GONE = { ended: () => text("room_ended"), handed: () => text("room_handed"), other: () => text("room_ended") };

/** @param {string} code */
const spaced = (code) => code.replace(/^(.{3,4}?)(.{3,4})$/, "$1 $2");

function open() {
  write("room-given", "");
  if (!element("room").open) element("room").showModal();
}

function show() {
  const chip = element("room-code");
  chip.hidden = !room;
  document.documentElement.toggleAttribute("data-room", Boolean(room));
  element("present").setAttribute("aria-pressed", String(Boolean(room)));
  if (!room) {
    delete chip.dataset.value;
    return;
  }
  chip.dataset.value = room.code;
  write("room-code", text("room_chip", { code: spaced(room.code), followers: written(followers) }));
  write("room-large", spaced(room.code));
  write("room-address", room.reachable ? text("room_address", { address: `${room.address}room`.replace(/^http:\/\//, "") }) : "");
  write("room-followers", text("room_followers", { followers: written(followers) }));
  write("room-unreachable", room.reachable ? "" : text("room_unreachable", { command: room.command, address: room.address }));
  element("room-link").hidden = !room.reachable;
  element("room-link").href = room.link;
  drawQr(room);
}

function drawQr(/** @type {Room} */ room) {
  const host = element("room-qr");
  host.hidden = !room.qr;
  if (!room.qr || (host.dataset.link === room.link && host.lang === state.language)) return;
  Object.assign(host, { lang: state.language }).dataset.link = room.link; // whose name is in a language
  const { side, path } = room.qr;
  const svg = document.createElementNS(SPACE, "svg");
  svg.setAttribute("viewBox", `-3 -3 ${side + 6} ${side + 6}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", text("room_qr"));
  /** @type {["rect" | "path", Record<string, string | number>][]} */
  const parts = [["rect", { x: -3, y: -3, width: side + 6, height: side + 6, fill: "#fff" }], ["path", { d: path, fill: "#000" }]];
  for (const [tag, props] of parts) {
    const part = document.createElementNS(SPACE, tag);
    for (const [name, value] of Object.entries(props)) part.setAttribute(name, String(value));
    svg.append(part);
  }
  host.replaceChildren(svg);
}
