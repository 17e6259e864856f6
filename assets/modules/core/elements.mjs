// Making elements.

/** An element with properties, data- and aria- attributes and children; null is no child. */
export function make(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (name.includes("-")) node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** An element that holds a text. */
export const named = (tag, textContent, className = "") => make(tag, { textContent, className });
