// What the browser keeps for the page. Where it is not allowed to (cookies blocked, a frame in
// another site's page, a full disk) everything runs, and nothing is remembered.

/** What was kept under a name, or null. `area` is "localStorage", or "sessionStorage" for this tab alone. */
export function recall(name, area = "localStorage") {
  try {
    return window[area].getItem(name);
  } catch {
    return null;
  }
}

/** Forget all that the page has kept in this browser. */
export function forgetAll() {
  for (const area of ["localStorage", "sessionStorage"]) {
    try {
      for (const name of Object.keys(window[area])) {
        if (name.startsWith("cellscope-") || name === "theme" || name === "lang") window[area].removeItem(name);
      }
    } catch {
      // nothing can be kept there
    }
  }
}

/** Keep something; false where that is not possible. */
export function remember(name, value, area = "localStorage") {
  try {
    window[area].setItem(name, value);
    return true;
  } catch {
    return false;
  }
}
