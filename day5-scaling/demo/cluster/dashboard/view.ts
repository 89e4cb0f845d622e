export function find<E extends HTMLElement | SVGElement = HTMLElement>(id: string): E {
  return document.getElementById(id) as unknown as E;
}

/** Writes words only if they have changed: a screen reader reads out each write. */
export function fact(where: string | Element, words: string): void {
  const element = typeof where === 'string' ? find(where) : where;
  if (element.textContent !== words) element.textContent = words;
}

/** Makes an element inside another one. Its content is always text, never HTML. */
export function add<Tag extends keyof HTMLElementTagNameMap>(
  parent: Element,
  tag: Tag,
  className = '',
  words = '',
): HTMLElementTagNameMap[Tag] {
  const element = parent.appendChild(document.createElement(tag));
  if (className) element.className = className;
  if (words) element.textContent = words;
  return element;
}

interface Button {
  words: string;
  /** what is sent to the server */
  action: string;
  isOff: boolean;
  /** the key that does the same */
  key?: string;
}

/** Buttons in a row. The elements stay the same, so that the focus is not lost. */
export function actions(parent: Element, act: (action: string) => void, buttons: Button[]): void {
  buttons.forEach(({ words, action, isOff, key }, i) => {
    let button = parent.children[i] as HTMLButtonElement | undefined;
    if (!button) {
      button = add(parent, 'button', words === 'Kill' ? 'danger' : '', words);
      button.type = 'button';
      const target = action.replace(/^\w+ (?=\d)/, 'node ').replace(/^\w+ redis/, 'Redis');
      // It begins with what can be seen, for people who speak to their computer.
      button.setAttribute('aria-label', `${[words, key].filter(Boolean).join(' ')}: ${target}`);
      if (key) {
        button.setAttribute('aria-keyshortcuts', key);
        button.append(' ');
        add(button, 'kbd', '', key);
      }
      button.addEventListener('click', () => act(action));
    }
    button.disabled = isOff;
  });
}
