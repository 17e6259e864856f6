// The page's language: the link's, else the last choice, else the browser's preference.
// Before Dash asks for the layout: the server words it by the address, which holds `lang` from here on.
(() => {
  const page = document.documentElement;
  const known = page.dataset.languages.split(" ");
  const query = new URLSearchParams(location.search);
  const preferred = navigator.languages.map((tag) => tag.toLowerCase().split("-")[0]);
  const wishes = [query.get("lang"), localStorage.getItem("lang"), ...preferred];
  page.lang = wishes.find((language) => known.includes(language)) ?? known[0];
  if (query.has("lang")) return; // also one that there is not: the server names it
  const address = `${location.search ? `${location.search}&` : "?"}lang=${page.lang}`;
  history.replaceState(null, "", location.pathname + address + location.hash);
})();
