// How close the film strip's layers stand: a class for each number from which they stand closer.
const CROWDS = [7, 13, 16];

/** `host` holds the frames of so many layers. @param {HTMLElement} host @param {number} layers */
export function crowd(host, layers) {
  for (const box of [host, host.closest(".layers")]) {
    for (const many of CROWDS) box?.classList.toggle(`from-${many}`, layers >= many);
  }
}
