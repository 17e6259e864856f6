// Names of lines at the right of a chart: as high as their lines end, but no two over each other.
const HEIGHT = 1.15; // of a name, in text sizes

/** A name, which has a height. @typedef {Annotation & { y: number }} Name */
/** @param {Annotation} one @returns {one is Name} */
const isName = (one) => one.xref === "paper" && one.yref === "paper" && one.x === 1 && one.xanchor === "left";

/**
 * The annotations of a chart so many px high inside, the names among them apart; bounds go where there is no room.
 * @param {Annotation[]} annotations @param {number} inside
 */
export function apart(annotations, inside) {
  const names = annotations.filter(isName).sort((a, b) => a.y - b.y);
  if (names.length < 2 || inside <= 0) return annotations;
  const gap = (HEIGHT * Math.max(...names.map(({ font }) => font?.size ?? 0))) / inside;
  const most = Math.max(1, Math.floor(1 / gap) + 1);
  while (names.length > most && names.some(isBound)) names.splice(tightest(names), 1);
  const places = spread(names.map(({ y }) => y), Math.min(gap, 1 / Math.max(1, names.length - 1)));
  const placed = names.map((name, k) => ({ ...name, y: places[k] }));
  return [...annotations.filter((one) => !isName(one)), ...placed];
}

/** @param {Annotation} one */
const isBound = ({ name }) => name === "bound"; // the table of counts has it, too

/** The place of the bound that is nearest to another name. @param {Name[]} names */
function tightest(names) {
  const room = names.map((one, k) => (isBound(one) ? Math.min(...[k - 1, k + 1].filter((j) => names[j]).map((j) => Math.abs(names[j].y - one.y))) : Infinity));
  return room.indexOf(Math.min(...room));
}

/**
 * Ascending places moved apart by at least a gap, as little as can be, within 0 … 1; as `spread` of the server's figures.
 * @param {number[]} wanted @param {number} gap
 */
export function spread(wanted, gap) {
  /** @type {{ mean: number, many: number }[]} */
  const pools = []; // mean of the wanted places without their gaps, and how many
  wanted.forEach((place, k) => {
    let pool = { mean: place - k * gap, many: 1 };
    for (let last = pools.at(-1); last && last.mean >= pool.mean; last = pools.at(-1)) {
      const { mean, many } = last;
      pools.pop();
      pool = { mean: (mean * many + pool.mean * pool.many) / (many + pool.many), many: many + pool.many };
    }
    pools.push(pool);
  });
  const bases = pools.flatMap(({ mean, many }) => Array(many).fill(mean));
  const room = 1 - gap * Math.max(0, bases.length - 1);
  return bases.map((base, k) => Math.min(Math.max(base, 0), room) + k * gap);
}
