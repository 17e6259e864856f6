// Texts with TeX formulas, by the MathJax that comes with Dash; it is loaded with the first of them.
import { setProps } from "./page.mjs";

/** @type {Promise<MathJaxLibrary> | null} */
let loading = null;

/** A Dash component for Markdown with formulas; the first one has Dash load what it takes. @param {string} children */
export const markdown = (children) => ({
  namespace: "dash_core_components", type: "Markdown", props: { children, mathjax: true },
});

/** MathJax, from this server. Dash loads it when one of its own components has a formula. */
function mathJax() {
  loading ??= new Promise((found) => {
    setProps("guide-formula", { children: markdown("$x$") });
    const check = () => {
      if (!window.MathJax?.typesetPromise) return setTimeout(check, 30);
      // Else each formula is a stop for the tab key, with a menu of its own.
      if (window.MathJax.startup?.document) window.MathJax.startup.document.options.enableMenu = false;
      found(window.MathJax);
    };
    check();
  });
  return loading;
}

/**
 * Show a text with \( \) and \[ \] in an element; the text alone first, should MathJax take long.
 * @param {HTMLElement} host @param {string} said
 */
export async function showFormulas(host, said) {
  if (host.dataset.said === said) return;
  host.dataset.said = said;
  const page = document.createElement("div");
  page.textContent = said;
  if (!host.firstChild) host.append(page);
  const jax = await mathJax();
  const draft = document.createElement("div");
  draft.textContent = said.replace(/\n(?=\\\[)|(?<=\\\])\n/g, ""); // a block has its own lines
  draft.className = "visually-hidden";
  document.body.append(draft); // its host may be hidden or gone before all is set: nothing to measure there
  await jax.typesetPromise([draft]);
  if (host.dataset.said !== said) return draft.remove(); // a newer one is on its way
  draft.className = "";
  jax.typesetClear([...host.children].filter((child) => child !== draft));
  host.replaceChildren(draft);
  fit(host);
  fitting.observe(host); // it may be hidden now, or wider later
}

const fitting = new ResizeObserver((changes) => changes.forEach(({ target }) => fit(target)));

/** A block that is wider than its column is set smaller: what is cut off cannot be read. @param {Element} host */
function fit(host) {
  for (const block of host.querySelectorAll("mjx-container[display='true']")) {
    block.style.fontSize = block.dataset.size ??= block.style.fontSize;
    const share = block.clientWidth / block.scrollWidth;
    if (share < 1) block.style.fontSize = `${0.99 * share * parseFloat(getComputedStyle(block).fontSize)}px`;
  }
}

/** A text with its formulas as MathML, as markup that needs nothing of this page. @param {string} said */
export async function withMathMl(said) {
  const jax = await mathJax();
  const draft = document.createElement("div");
  draft.textContent = said.replace(/\n(?=\\\[)|(?<=\\\])\n/g, "");
  draft.className = "visually-hidden";
  document.body.append(draft);
  await jax.typesetPromise([draft]);
  for (const formula of draft.querySelectorAll("mjx-container")) {
    const math = formula.querySelector("math");
    if (!math) continue;
    math.setAttribute("display", formula.getAttribute("display") === "true" ? "block" : "inline");
    formula.replaceWith(math);
  }
  jax.typesetClear([draft]);
  draft.remove();
  return draft.innerHTML;
}
