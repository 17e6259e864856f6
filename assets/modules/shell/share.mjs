// The link as it is on screen, to the clipboard; and what it opens, where that is not just this.
import { data, element, state, text } from "../core/page.mjs";
import { copied } from "../core/clipboard.mjs";
import { goalStep } from "../core/goal.mjs";
import { link, linkOpens } from "../core/link.mjs";
import { toast } from "../core/toast.mjs";

export const watchShare = () => element("share").addEventListener("click", shareLink);

// What the link opens, where that is not just what is on screen.
/** @type {Record<string, (step: number) => string>} */
const LINK_OPENS = {
  goal: () => text("link_goal", { step: goalStep() }),
  step: (step) => text("link_step", { step }),
  moving: () => text("link_moving"),
  edited: () => text("link_edited"),
  changed: () => text("link_changed"),
  far: () => text("link_far", { high: data.farthest }),
};

async function shareLink() {
  const opens = linkOpens();
  const { step } = state;
  const file = state.opened?.name; // a link can't hold an upload
  const told = (/** @type {() => string} */ words) => toast(() => [words(), file ? text("open_link", { name: file }) : state.accepted.dataset === "own" ? text("own_clipboard") : opens === "all" ? "" : LINK_OPENS[opens](step)].join(" ").trim());
  const key = await copied(new URL(link(), location.href).href) ? "copied" : "copy_yourself";
  told(() => text(key));
}
