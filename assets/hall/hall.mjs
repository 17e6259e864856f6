// The small page of a room: it follows the lecturer's picture, with a layer and window of its own.
import { recall, remember } from "../modules/core/memory.mjs";
import { data, element, reword, state, text, words, written } from "../modules/core/page.mjs";
import { enter, keep, on, onBinary, onCut, rest, send } from "./line.mjs";
import { counted, draw as drawVote, hear as hearVote, refused, translateDrafts } from "./vote.mjs";
import { look, onWindow, repaint, setPoints, show, wholeWindow } from "./picture.mjs";

/** @type {{ layer: number | null, mode: string | null, window: Bounds | null }} */
const choice = { layer: null, mode: null, window: null }; // null: as the lecturer has it
/** @type {HallHeader | null} */
let head = null; // of the newest frame
/** @type {Messages["hall-draw"]["draw"]} */
let draw = null; // this phone's own network, while the hall is a sample
let covered = false; // whether a question waits for its answers: picture and draw would give it away
let over = false; // whether the room has ended: what is seen stays, and no other layer comes
let said = ""; // id of what the head of the page says beside the step
window.cellscope = { frames: 0, step: 0, version: 0, layer: 0, width: 0 };

const OF_BALLOT = ["vote", "prediction"]; // fields of what is wrong with one

/** @param {string} typed */
const plain = (typed) => typed.replace(/[^a-z0-9]/gi, "").slice(0, 40); // as in a link

const code = () => new URLSearchParams(location.search).get("room") ?? "";

function start() {
  setTheme(/** @type {Theme | null} */ (recall("theme")) ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
  setLanguage(document.documentElement.lang);
  element("hall-theme").addEventListener("click", () => {
    setTheme(state.theme === "dark" ? "light" : "dark");
    remember("theme", state.theme);
  });
  element("hall-language").addEventListener("click", () => {
    const [next] = data.languages.filter((each) => each !== state.language);
    remember("lang", next);
    translateDrafts(state.language, next);
    setLanguage(next);
    tell();
  });
  element("hall-less").addEventListener("click", () => step(-1));
  element("hall-more").addEventListener("click", () => step(1));
  element("hall-whole").addEventListener("click", wholeWindow);
  element("hall-follow").addEventListener("click", () => {
    Object.assign(choice, { layer: null, mode: null });
    look(null);
  });
  element("hall-entry").addEventListener("submit", (event) => {
    event.preventDefault();
    const query = new URLSearchParams({ room: element("hall-code").value, lang: state.language });
    location.assign(`./?${query}`);
  });
  onWindow((window_) => {
    choice.window = window_;
    tell();
    sayLayer();
  });
  on("following", following);
  on("no-room", noRoom);
  on("hall-points", setPoints);
  on("hall-question", heardQuestion);
  element("hall-branch").addEventListener("click", () => send({ type: "branch" }));
  on("hall-copy", ({ session, shown }) => {
    const query = new URLSearchParams({ lang: state.language, theme: state.theme, ...shown });
    location.assign(`./?${query}#mine=${session}&hall=${plain(code())}`);
  });
  on("full", () => say("hall_no_copy"));
  on("hall-voted", counted);
  on("problem", (message) => OF_BALLOT.includes(message.field) && refused(message));
  on("hall-draw", (message) => {
    draw = message.draw;
    keep("draw", draw && { sample: draw.sample, number: draw.number });
    sayFrame();
  });
  onBinary("hall-frame", frame);
  onCut(() => said !== STAYS.away && say("hall_reconnecting"));
  if (!code().trim()) return ask("");
  say("hall_entering");
  enter(code());
}

/** What is put to the room; while it is open the picture would give it away. @param {HallQuestion} message */
function heardQuestion(message) {
  covered = message.covered || message.stage === "open";
  element("hall-picture").hidden = covered;
  if (message.covered && message.question === null) say(COVERED);
  else if (said === COVERED) say("");
  hearVote(message);
  sayFrame();
  repaint();
}

/** @type {HallQuestion} */
const NO_QUESTION = { question: null, covered: false };
const COVERED = "hall_covered"; // the lecturer looks at the list of questions meanwhile

/** Ask for a code, and say why. @param {string} why */
function ask(why) {
  element("hall-entry").hidden = false;
  hearVote(NO_QUESTION);
  element("hall-picture").hidden = true;
  say(why);
  element("hall-code").focus();
}

function following() {
  draw = null; // the server says it again, if there is one
  over = false;
  say("");
  element("hall-entry").hidden = true;
  tell(); // the picture is shown with what is put to the room
  send({ type: "next" });
}

/** @type {Record<string, string>} */
const WHY = { unknown: "hall_unknown", often: "hall_often", full: "hall_full" };

/** @type {Record<string, string>} */
const STAYS = { ended: "hall_ended", away: "hall_away" }; // what is seen stays in view

/** @param {{ why: string }} message */
function noRoom({ why }) {
  if (!STAYS[why]) return ask(WHY[why] ?? WHY.unknown);
  over = why === "ended";
  if (over) {
    heardQuestion(NO_QUESTION); // nobody counts any more
    element("hall-picture").hidden = !head;
  }
  element("hall-branch").disabled = over;
  say(STAYS[why]);
}

/** @param {HallHeader} header @param {Uint8Array<ArrayBuffer>} body */
function frame(header, body) {
  head = header;
  show(header, body, () => {
    send({ type: "next" });
    const { step, version, layer, width } = header;
    Object.assign(window.cellscope, { frames: window.cellscope.frames + 1, step, version, layer, width });
    sayFrame();
  });
}

/** One layer less or more than what is shown. @param {number} by */
function step(by) {
  if (!head) return;
  choice.layer = Math.min(Math.max(layerOf(head) + by, 1), head.layers);
  tell();
  sayLayer();
}

/** The layer that is looked at: the last one, where the network has fewer than were chosen. @param {HallHeader} head */
const layerOf = ({ layer, layers }) => Math.min(choice.layer ?? layer, layers);

const tell = () => send({ type: "view", ...choice, lang: state.language });

/** @param {string} key */
function say(key) {
  said = key;
  sayFrame();
}

function sayFrame() {
  const own = head?.texts[state.language];
  const state_ = said ? text(said) : head && own ? text("hall_step", { step: head.step, status: own.status }) : "";
  write("hall-state", state_);
  if (!own) return;
  element("hall-own").hidden = !draw || covered;
  if (draw) {
    const [square] = draw.squares.slice(-1);
    write("hall-own", text("hall_draw", { seed: draw.seed, square: square === null ? "–" : square }));
  }
  write("hall-count", own.count);
  write("hall-named", own.named);
  sayLayer();
}

function sayLayer() {
  if (!head) return;
  const layer = layerOf(head);
  write("hall-layer", text("hall_layer", { layer: written(layer), layers: written(head.layers) }));
  element("hall-less").disabled = over || layer <= 1;
  element("hall-more").disabled = over || layer >= head.layers;
  element("hall-follow").disabled = over || (choice.layer === null && choice.window === null);
}

/** @param {string} id @param {string} value */
function write(id, value) {
  if (element(id).textContent !== value) element(id).textContent = value;
}

/** @param {Theme} theme */
function setTheme(theme) {
  state.theme = theme;
  document.documentElement.dataset.theme = theme;
  repaint();
}

/** @param {string} language */
function setLanguage(language) {
  state.language = language;
  document.documentElement.lang = language;
  document.title = text("hall_title");
  for (const node of document.querySelectorAll("[data-text], [data-label]")) reword(node);
  element("hall-language").textContent = words("page.hall_language");
  drawVote();
  sayFrame();
}

addEventListener("pagehide", rest);
start();
