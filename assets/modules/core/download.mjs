// Files for the user.
import { text } from "./page.mjs";
import { refusal } from "./replies.mjs";
import { toast } from "./toast.mjs";

/** Why there is no file: `words` says it in the page's language. */
class Refused extends Error {
  /** @param {() => string} words */
  constructor(words) {
    super(words());
    this.words = words;
  }
}

/** A file as the server makes it; where it gives none, or does not answer, what `telling` tells. @param {string} address */
export async function asked(address) {
  const answer = await fetch(address).catch(() => /** @type {null} */ (null));
  if (!answer) throw new Refused(() => text("not_done"));
  if (answer.ok) return answer;
  throw new Refused(await refusal(answer));
}

/** Save a file, and say why where there is none. @param {() => Promise<unknown>} save */
export async function telling(save) {
  try {
    await save();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    toast(error.words);
  }
}

/** Have the browser save a file. @param {Blob | string} content @param {string} name @param {string} [type] */
export function download(content, name, type) {
  const link = document.createElement("a");
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Have the browser save what the server answered, under the name that it gave. @param {Response} answer */
export async function downloadAnswer(answer) {
  const name = /filename="(.*)"/.exec(answer.headers.get("Content-Disposition") ?? "")?.[1] ?? "cellscope";
  download(await answer.blob(), name);
  return name;
}
