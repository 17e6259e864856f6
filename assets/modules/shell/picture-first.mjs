// Dash builds the page in one task of a third of a second, in which a browser shows nothing new. So it is handed what the
// page consists of once the first picture is on the screen; its scripts have been read meanwhile.
const PATIENCE_MS = 400; // a picture that takes longer is not waited for
const LAYOUT = "_dash-layout";
let tell = () => {};
const shown = new Promise((/** @type {(value?: undefined) => void} */ done) => (tell = done));

/** The picture is on the screen, or nobody waits for it. */
export const pictureShown = () => tell();

/** Of this page's requests, have the one for its layout wait for the picture, but not for long. */
export function pictureFirst() {
  const ask = window.fetch;
  setTimeout(pictureShown, PATIENCE_MS);
  window.fetch = async (...asked) => {
    const answer = await ask(...asked);
    if (String(asked[0]).endsWith(LAYOUT)) await shown;
    return answer;
  };
}
