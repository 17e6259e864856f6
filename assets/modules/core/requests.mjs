// The requests of the page's callbacks: Dash says nothing of one that is lost.
const LATE_MS = 4000;
const CALLBACKS = "_dash-update-component";
const handlers = [];

/**
 * Have a function called with what a request is about, a button's id or "intent", when nobody heard
 * it (true), or when it is not answered yet (false).
 */
export const onLostRequest = (handler) => handlers.push(handler);

const fetched = window.fetch;
window.fetch = (address, options) => {
  const answer = fetched(address, options);
  if (String(address?.url ?? address).includes(CALLBACKS)) follow(answer, options?.body);
  return answer;
};

async function follow(answer, body) {
  const tell = (failed) => handlers.forEach((handler) => handler(about(body), failed));
  const late = setTimeout(tell, LATE_MS, false);
  const heard = await answer.then(({ ok }) => ok, () => false);
  clearTimeout(late);
  if (!heard) tell(true);
}

/** What a callback's request is about: the element that it was caused by. */
function about(body) {
  try {
    return JSON.parse(body).changedPropIds[0].split(".")[0];
  } catch {
    return "";
  }
}
