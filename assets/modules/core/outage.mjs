// While nothing comes from the server: the chip, the picture and a message say so, and why.
import { element, onLanguage, state, text, write, written } from "./page.mjs";
import { toast } from "./toast.mjs";

const ANSWER_MS = 5000;
const root = document.documentElement;
/** @type {(() => string) | null} */
let reason = null; // gives the sentence
let told = ""; // the reason that a message has told

/** Nothing comes any more; `why` gives the sentence. @param {() => string} why */
export function outage(why) {
  state.connected = false;
  root.dataset.connection = "lost";
  reason = why;
  if (told !== reason()) toast(reason); // once: the chip and the picture go on saying so
  told = reason();
  say();
}

/** The server is heard again; the next frame says the rest. */
export function noOutage() {
  state.connected = true;
  root.dataset.connection = "open";
  reason = null;
  told = "";
  say();
}

function say() {
  element("stale").hidden = reason === null;
  if (!reason) return;
  write("status", text("no_connection")); // until the next frame
  element("status").dataset.value = "lost";
  write("rate", "");
  const { step } = state;
  write("stale", window.cellscope.frames ? `${reason()} ${text("stale", { step: written(step) })}` : reason());
}

onLanguage(say);

/** The outage's sentence, as far as it can be found out: a refused socket gives none. */
export async function findReason() {
  let found;
  try {
    const answer = await fetch("./reach", { method: "POST", signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.status >= 500) return () => text("gateway", { status: String(answer.status) });
    found = answer.ok ? await answer.json() : {};
  } catch {
    return () => text("reconnecting");
  }
  if (found.allowed === undefined) return () => text("stranger");
  if (found.allowed) return () => text("no_socket");
  const { host } = found;
  return () => text("other_host", { origin: location.host, host });
}
