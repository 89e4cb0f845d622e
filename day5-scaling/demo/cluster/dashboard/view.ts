export function find<E extends HTMLElement | SVGElement = HTMLElement>(id: string): E {
  return document.getElementById(id) as unknown as E;
}

/** Shows words where they are others than before: a screen reader says what is written, also where it is the same. */
export function fact(where: string | Element, words: string): void {
  const element = typeof where === 'string' ? find(where) : where;
  if (element.textContent !== words) element.textContent = words;
}

/** Makes an element inside another. Its content is text, whatever stands in it. */
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
  /** what the server is told */
  action: string;
  isOff: boolean;
}

/** Buttons in a row. They stay the same ones, so that the focus stays where it is. */
export function actions(parent: Element, act: (action: string) => void, buttons: Button[]): void {
  buttons.forEach(({ words, action, isOff }, i) => {
    let button = parent.children[i] as HTMLButtonElement | undefined;
    if (!button) {
      button = add(parent, 'button', words === 'Kill' ? 'danger' : '', words);
      button.type = 'button';
      button.setAttribute(
        'aria-label',
        `${words} ${action.replace(/^\w+ (?=\d)/, 'node ').replace(/^\w+ redis/, 'Redis')}`,
      );
      button.addEventListener('click', () => act(action));
    }
    button.disabled = isOff;
  });
}
