// A server that keeps experiments on disk says when it can't, and when it can again.
import { text } from "../core/page.mjs";
import { on } from "../core/socket.mjs";
import { toast } from "../core/toast.mjs";

/** @type {Record<string, () => string>} */
const SAID = {
  full: () => text("storing_full"),
  read_only: () => text("storing_read_only"),
  other: () => text("storing_other"),
  "": () => text("storing_again"),
};

export function watchStoring() {
  on("storing", ({ problem }) => toast(SAID[problem] ?? SAID.other));
}
