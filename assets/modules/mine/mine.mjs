// What is this visitor's: to show it to the teacher, to keep it here, to come back, to delete it.
import { copied } from "../core/clipboard.mjs";
import { forgetAll, onForgotten, recall, remember, unkeep } from "../core/memory.mjs";
import { data, element, onLanguage, state, text, wording, write } from "../core/page.mjs";
import { on, onWelcome, send } from "../core/socket.mjs";
import { KEPT, hallOfCopy, leaveForGood, stopKeeping } from "../core/tab.mjs";
import { toast } from "../core/toast.mjs";

let shown = ""; // the code under which it is shown

export function watchMine() {
  for (const id of ["keep-here", "private-link", "delete-mine"]) element(id).hidden = !data.stores;
  element("show-mine").addEventListener("click", () => send({ type: shown ? "room-end" : "show-mine" }));
  element("keep-here").addEventListener("click", keep);
  element("private-link").addEventListener("click", copyLink);
  element("forget-here").addEventListener("click", () => sure(element("forget-here"), forget));
  element("delete-mine").addEventListener("click", () => sure(element("delete-mine"), () => send({ type: "delete" })));
  on("mine", ({ code }) => {
    shown = code;
    say();
  });
  on("deleted", () => {
    unkeep(KEPT); // what was predicted and chosen stays: that is no part of the experiment
    leaveForGood();
  });
  onForgotten(() => forget({ told: true }));
  onWelcome(() => {
    shown = "";
    if (recall(KEPT) && state.session) remember(KEPT, state.session);
    say();
  });
  onLanguage(say);
  links();
}

/** The two links of the operator, and the way back to the room that this copy was taken in. */
function links() {
  for (const name of ["impressum", "datenschutz"]) {
    const node = /** @type {HTMLAnchorElement} */ (element(`foot-${name}`));
    node.hidden = !data.links[name];
    if (data.links[name]) node.href = data.links[name];
  }
  const hall = hallOfCopy();
  element("back-to-hall").hidden = !hall;
  if (hall) element("back-to-hall").href = `./?${new URLSearchParams({ room: hall })}`;
}

function say() {
  element("show-mine").setAttribute("aria-pressed", String(Boolean(shown)));
  if (shown) write("show-mine", text("mine_shown", { code: shown.replace(/^(...)/, "$1 ") }));
  else wording(element("show-mine"), { text: "mine.show" });
  element("keep-here").setAttribute("aria-pressed", String(Boolean(recall(KEPT))));
}

/** Coming back without a link opens the same experiment; or not any more. */
function keep() {
  if (!state.session) return toast(() => text("not_done")); // there is no experiment yet
  const on_ = !recall(KEPT);
  const kept = remember(KEPT, on_ ? state.session : "");
  if (!kept) remember(KEPT, ""); // nor does the button say so
  toast(() => text(!kept ? "mine_cannot_be_kept" : on_ ? "mine_kept" : "mine_not_kept"));
  say();
}

const address = () => `${location.origin}${location.pathname}#mine=${state.session}`;

async function copyLink() {
  if (!state.session) return toast(() => text("not_done"));
  if (await copied(address())) toast(() => text("mine_link"));
  else prompt(text("mine_link_here"), address());
}

/** Nobody could end a room any more that is shown from here. @param {{ told?: boolean }} [how] */
function forget(how) {
  if (state.presents || shown) send({ type: "room-end" });
  stopKeeping();
  forgetAll(how);
  location.assign(`${location.pathname}?lang=${state.language}`);
}

/** The first press asks, the second does it. @param {HTMLElement} button @param {() => void} deed */
function sure(button, deed) {
  if (button.dataset.sure) return deed();
  button.dataset.sure = "yes";
  const before = button.dataset.text;
  wording(button, { text: "mine.sure" });
  setTimeout(() => {
    delete button.dataset.sure;
    wording(button, { text: before });
  }, 4000);
}
