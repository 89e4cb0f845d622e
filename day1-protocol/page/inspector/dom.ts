/** An element of the page, by its id. */
export function find<E extends HTMLElement>(id: string): E {
  return document.getElementById(id) as E;
}

/** A new element. What is in it is text, never HTML: what a peer sends stays text. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...content: (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name);
  element.className = className;
  element.append(...content);
  return element;
}
