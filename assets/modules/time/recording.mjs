// The recording as a file: format, size and length are chosen, the server makes it, the browser saves it.
import { queryOf } from "../core/requests.mjs";
import { asked, downloadAnswer, telling } from "../core/download.mjs";
import { element, onLanguage, state, text, write } from "../core/page.mjs";
import { onJob, send } from "../core/socket.mjs";

let running = false;
let wanted = false; // by this page: a page that is loaded again does not save it once more

export function watchRecording() {
  for (const choice of choices()) {
    choice.addEventListener("click", () => {
      for (const other of choices(choice.dataset.recording)) other.setAttribute("aria-pressed", String(other === choice));
    });
  }
  element("export-recording").addEventListener("click", () => {
    if (running) return send({ type: "recording-cancel" });
    wanted = true;
    write("recording-state", "");
    send({ type: "recording-start", ...chosen() });
  });
  onJob("recording", told);
  onLanguage(sayButton);
}

/** @param {string} [name] */
const choices = (name) => [...document.querySelectorAll(`[data-recording${name ? `="${name}"` : ""}]`)];
/** @param {HTMLElement} node */
const pressed = (node) => node.getAttribute("aria-pressed") === "true";
const chosen = () => Object.fromEntries(choices().filter(pressed).map(({ dataset }) => [dataset.recording, dataset.choice]));

/** @param {Job} job */
function told({ status, share, text: said }) {
  running = status === "running";
  const bar = element("recording-bar");
  bar.hidden = !running;
  bar.value = share;
  write("recording-state", status === "finished" ? "" : said);
  sayButton();
  if (status !== "running" && wanted) {
    wanted = false;
    if (status === "finished") telling(save);
  }
}

const sayButton = () => write("export-recording", text(running ? "cancel" : "recording_start"));

async function save() {
  const answer = await asked(`./export/recording?${queryOf({ session: state.session, lang: state.language })}`);
  if (answer.status === 200) await downloadAnswer(answer);
}
