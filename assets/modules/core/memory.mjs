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

/** Keep something; false where that is not possible. */
export function remember(name, value, area = "localStorage") {
  try {
    window[area].setItem(name, value);
    return true;
  } catch {
    return false;
  }
}
