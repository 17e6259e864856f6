// Whether a hand changes what is shown: drags a line or a weight, draws points. The picture follows at
// once; what costs time and can wait, waits.
const BUSY_MS = 300; // from one move of a hand to the next
let at = -BUSY_MS;

/** A hand has just changed something. */
export const touched = () => (at = performance.now());

/** Whether a hand is changing it. */
export const inHand = () => performance.now() - at < BUSY_MS;
