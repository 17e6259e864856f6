// The requests of the page's callbacks: Dash says nothing of one that is lost.
const LATE_MS = 4000;
const CALLBACKS = "_dash-update-component";
/** @typedef {(about: string, failed: boolean) => void} Told */
/** @type {Told[]} */
const handlers = [];

/**
 * Have a function called with what a request is about, a button's id or "intent", when nobody heard
 * it (true), or when it is not answered yet (false).
 * @param {Told} handler
 */
export const onLostRequest = (handler) => handlers.push(handler);

/** Values as the query of an address; of a list its entries. @param {Record<string, unknown>} values */
export const queryOf = (values) => new URLSearchParams(Object.entries(values).map(([name, value]) => [name, String(value)]));

const fetched = window.fetch;
window.fetch = (address, options) => {
  const answer = fetched(address, options);
  if (String(address instanceof Request ? address.url : address).includes(CALLBACKS)) follow(answer, options?.body);
  return answer;
};

/** @param {Promise<Response>} answer @param {unknown} body */
async function follow(answer, body) {
  /** @param {boolean} failed */
  const tell = (failed) => handlers.forEach((handler) => handler(about(body), failed));
  const late = setTimeout(tell, LATE_MS, false);
  const heard = await answer.then(({ ok }) => ok, () => false);
  clearTimeout(late);
  if (!heard) tell(true);
}

/** What a callback's request is about: the element that it was caused by. @param {unknown} body @returns {string} */
function about(body) {
  try {
    return JSON.parse(String(body)).changedPropIds[0].split(".")[0];
  } catch {
    return "";
  }
}
