// The page's language: the link's, else the last choice, else the browser's preference.
// Before Dash asks for the layout: the server words it by the address, which holds `lang` from here on.
(() => {
  const page = document.documentElement;
  const known = page.dataset.languages.split(" ");
  const asked = /[?&;]lang=([^&]*)/.exec(decoded(location.search))?.[1]; // also of a link that was escaped twice
  const preferred = navigator.languages.map((tag) => tag.toLowerCase().split("-")[0]);
  const wishes = [asked, remembered(), ...preferred];
  page.lang = wishes.find((language) => known.includes(language)) ?? known[0];
  if (asked !== undefined) return; // also one that there is not: the server names it
  const address = `${location.search ? `${location.search}&` : "?"}lang=${page.lang}`;
  history.replaceState(null, "", location.pathname + address + location.hash);

  function decoded(search) {
    try {
      const once = decodeURIComponent(search);
      return once === search ? search : decoded(once);
    } catch {
      return search; // a stray %
    }
  }

  /** The last choice; a browser that keeps nothing has none. */
  function remembered() {
    try {
      return localStorage.getItem("lang");
    } catch {
      return null;
    }
  }
})();
