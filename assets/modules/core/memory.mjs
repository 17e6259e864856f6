// What the browser keeps for the page. Where it is not allowed to (cookies blocked, a frame in
// another site's page, a full disk) everything runs, and is remembered as long as the page is open.
/** @typedef {"localStorage" | "sessionStorage"} Storing */
/** @type {Map<string, string>} */
const held = new Map(); // what the browser would not keep

/** @param {string} name @param {Storing} area */
const placeOf = (name, area) => `${area} ${name}`;

/**
 * What was kept under a name, or null. `area` is "localStorage", or "sessionStorage" for this tab alone.
 * @param {string} name @param {Storing} area @returns {string | null}
 */
export function recall(name, area = "localStorage") {
  const here = held.get(placeOf(name, area));
  if (here !== undefined) return here;
  try {
    return window[area].getItem(name);
  } catch {
    return null;
  }
}

const FORGET = "cellscope-forget"; // written and taken away: other tabs hear of it

/** Have a function called where another tab of this browser is told to forget. @param {() => void} handler */
export const onForgotten = (handler) =>
  addEventListener("storage", ({ key, newValue }) => key === FORGET && newValue && handler());

/** Forget all that the page has kept in this browser; `told`: by another tab, which tells the others. */
export function forgetAll({ told = false } = {}) {
  held.clear();
  if (!told) remember(FORGET, String(Date.now()));
  for (const area of /** @type {Storing[]} */ (["localStorage", "sessionStorage"])) {
    try {
      for (const name of Object.keys(window[area])) {
        if (name.startsWith("cellscope-") || name === "theme" || name === "lang") window[area].removeItem(name);
      }
    } catch {
      // nothing can be kept there
    }
  }
}

/** Keep it no more. @param {string} name @param {Storing} area */
export function unkeep(name, area = "localStorage") {
  held.delete(placeOf(name, area));
  try {
    window[area].removeItem(name);
  } catch {
    // nothing can be kept there
  }
}

/**
 * Keep something; false where the browser does not, and it is gone with the page.
 * @param {string} name @param {string} value @param {Storing} area
 */
export function remember(name, value, area = "localStorage") {
  try {
    window[area].setItem(name, value);
    held.delete(placeOf(name, area));
    return true;
  } catch {
    held.set(placeOf(name, area), String(value));
    return false;
  }
}
