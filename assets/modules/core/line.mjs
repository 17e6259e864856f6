// Whether a line is so slow that messages had better come packed: tried where pictures come late, kept where they then don't.
const LATE_MS = 150; // that a picture is on its way alone, from which on it is late
const SLOW_MS = 1000; // of late pictures, one after the other: from then on packing is tried
const IN_FLIGHT = 2; // pictures that may have been sent before
const TRIED = 6; // pictures after them that tell whether it helps
const HELPS = 0.7; // of the time before: a browser that is slow itself gains nothing, it has more to do

/** Takes what each picture was on its way, in ms; gives whether to pack from now on, or null where all stays. */
export function line() {
  /** @type {number[]} */
  let ways = [];
  let before = 0; // their mean when packing began
  let settled = false;

  /** @param {number} way @returns {boolean | null} */
  return function pack(way) {
    if (settled) return null;
    if (before) return tried(way);
    ways = way > LATE_MS ? [...ways, way] : [];
    if (sum(ways) < SLOW_MS) return null;
    before = sum(ways) / ways.length;
    ways = [];
    return true;
  };

  /** @param {number} way */
  function tried(way) {
    ways.push(way);
    if (ways.length < IN_FLIGHT + TRIED) return null;
    settled = true;
    return sum(ways.slice(IN_FLIGHT)) / TRIED < HELPS * before ? null : false;
  }
}

/** @param {number[]} numbers */
const sum = (numbers) => numbers.reduce((all, one) => all + one, 0);
