// The page's language: the link's, else the last choice, else the browser's preference.
// Before Dash asks for the layout: the server words it by the address, which holds `lang` from here on.
// And its looks, so that the first paint is in them: theme.mjs and lecture.mjs find the same.
(() => {
  const page = document.documentElement;
  const known = (page.dataset.languages ?? "").split(" ");
  const query = decoded(location.search);
  const looks = new URLSearchParams(query);
  const lecture = looks.get("lecture") === "1";
  page.toggleAttribute("data-lecture", lecture);
  page.dataset.theme = page.dataset.bsTheme = themeOf(looks.get("theme"));
  const asked = /[?&;]lang=(\w*)/.exec(query)?.[1]; // also escaped twice, or before a full stop
  const preferred = navigator.languages.map((tag) => tag.toLowerCase().split("-")[0]);
  const wishes = [asked, remembered("lang"), ...preferred];
  page.lang = wishes.find((language) => known.includes(language ?? "")) ?? known[0];
  if (asked !== undefined) return; // also one that there is not: the server names it
  const rest = location.search.slice(1); // last, for what a sentence left behind a link ends it
  const address = `?lang=${page.lang}${rest ? `&${rest}` : ""}`;
  history.replaceState(null, "", location.pathname + address + location.hash);

  /** @param {string} search @returns {string} */
  function decoded(search) {
    try {
      const once = decodeURIComponent(search);
      return once === search ? search : decoded(once);
    } catch {
      return search; // a stray %
    }
  }

  /** A lecture is light unless its link says otherwise. @param {string | null} named */
  function themeOf(named) {
    if (lecture) return named === "dark" ? "dark" : "light";
    const chosen = [named, remembered("theme")].find((theme) => theme === "light" || theme === "dark");
    return chosen ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  }

  /** The last choice; a browser that keeps nothing has none. @param {string} name */
  function remembered(name) {
    try {
      return localStorage.getItem(name);
    } catch {
      return null;
    }
  }
})();
