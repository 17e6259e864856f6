// Where the server wants a password, the page shows the socket that it was served with it.
const root = document.documentElement;
const WANTED = 4401; // what a socket is closed with that shows no ticket, or an old one

export const ticket = () => root.dataset.ticket;

/** After a restart tickets may be old: the browser has the password and gets a new one. @param {number} code */
export async function renew(code) {
  if (code !== WANTED) return;
  try {
    const answer = await fetch("./ticket");
    if (answer.ok) root.dataset.ticket = (await answer.json()).ticket;
  } catch {
    // the server is away: what follows says so
  }
}
