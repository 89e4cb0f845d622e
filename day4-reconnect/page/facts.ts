/** Writes a fact only if it has changed: a screen reader reads out each write. An element that isn't there is left out. */
export function fact(id: string, words: string): void {
  const element = document.getElementById(id);
  if (element && element.textContent !== words) element.textContent = words;
}

export function find<E extends HTMLElement>(id: string): E {
  return document.getElementById(id) as E;
}
