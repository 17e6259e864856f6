// Files that are dropped on the page, or opened: who takes which. What nobody asks for may be a network.
/** @typedef {{ fits: (files: File[]) => boolean, take: (files: File[]) => Promise<void> }} Taker */
const takers = /** @type {Taker[]} */ ([]);

/** Have a function called with files that `fits` knows as its own. @param {Taker["fits"]} fits @param {Taker["take"]} take */
export const onFiles = (fits, take) => takers.push({ fits, take });

/** Who takes these, if there is anybody. @param {File[]} files */
export const takerOf = (files) => takers.find(({ fits }) => fits(files))?.take;

const told = /** @type {(() => unknown)[]} */ ([]);

/** Have a function called once the experiment is what was in files. @param {() => unknown} handler */
export const onTaken = (handler) => told.push(handler);

/** It is. */
export const taken = () => told.forEach((tell) => tell());

/** Whether it is one file, of a name that ends so. @param {File[]} files @param {RegExp} ending */
export const isOne = (files, ending) => files.length === 1 && ending.test(files[0].name);
