// Files for the user.

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
