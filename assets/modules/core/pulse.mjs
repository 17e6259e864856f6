// Whether the path to the server lives: a connection that died in its sleep (a closed lid, a VPN, a
// forgotten NAT) stays open for the browser. Where nothing is heard the server is asked, and has to answer.
const LOOK_MS = 500;
const QUIET_MS = 1000; // without a message, then it is asked
const PATIENCE_MS = 6000; // for an answer: a busy server may take long
const AWAKE_MS = 4000; // for an answer to one who has just come back
const PAUSED_MS = 2500; // between two looks: the page itself stood still, nothing is known

let heard = 0; // when the last message came
let asked = 0; // since when the server owes an answer; 0: it owes none
let patience = PATIENCE_MS;
let looked = 0;
/** @type {{ ask: () => void, dead: () => void } | null} */
let path = null; // {ask, dead}: how to ask, and what to do with a path that does not answer

/** Something came from the server. */
export function alive() {
  heard = performance.now();
  asked = 0;
  patience = PATIENCE_MS;
}

/** Watch a path that has just been opened. @param {() => void} ask @param {() => void} dead */
export function watchPath(ask, dead) {
  path = { ask, dead };
  alive();
}

/** There is none to be watched. */
export const leavePath = () => {
  path = null;
};

/** @param {number} patient */
function ask(patient) {
  asked = performance.now();
  patience = patient;
  path?.ask();
}

function look() {
  const now = performance.now();
  const stood = now - looked > PAUSED_MS;
  looked = now;
  if (!path) return;
  if (asked && stood) ask(AWAKE_MS);
  else if (asked && now - asked > patience) path.dead();
  else if (!asked && now - heard > QUIET_MS) ask(PATIENCE_MS);
}

/** Somebody has come back: the page is seen again, the machine woke up, the network is there. */
function wake() {
  looked = performance.now();
  if (path && !document.hidden) ask(AWAKE_MS);
}

export function watchPulse() {
  setInterval(look, LOOK_MS);
  document.addEventListener("visibilitychange", wake);
  for (const event of ["online", "pageshow", "focus"]) addEventListener(event, wake);
}
