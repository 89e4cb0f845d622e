import type { ShownQuestion } from '../protocol.ts';

/** An element with a class and content. A text is shown as it is, whatever is in it. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  className = '',
  ...content: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...content);
  return element;
}

/** A text of a quiz: what is between backticks is code. */
export const rich = (text: string): (Node | string)[] =>
  text.split('`').map((part, i) => (i % 2 === 1 ? make('code', '', part) : part));

/** A question's text, without the fence of a block of code. Nothing if it has no text. */
export function textOf({ text }: ShownQuestion): Node[] {
  if (!text) return [];
  const isCode = text.includes('```');
  return [isCode ? make('pre', '', text.replace(/^```\w*\n?/gm, '').trim()) : make('p', '', ...rich(text))];
}

export const letter = (index: number): string => String.fromCharCode(97 + index);

/** How the class has voted: a bar per answer, and why it is right or wrong. @param mine this voter's own choice */
export function results({ options, votes }: ShownQuestion, mine: number | null = null): HTMLElement {
  const list = make('ol', 'results');
  options.forEach(({ text, count = 0, isRight, why = '' }, i) => {
    const bar = make('span', 'bar', make('span'));
    bar.style.setProperty('--share', `${votes === 0 ? 0 : (100 * count) / votes}%`);
    const marks = [isRight ? '✓ right' : '', mine === i ? 'your vote' : ''].filter(Boolean).join(', ');
    const head = make('p', 'answer', make('strong', '', `${letter(i)}. `), ...rich(text));
    if (marks) head.append(' ', make('strong', 'mark', marks));
    const row = make('p', 'share', bar, make('span', 'number', `${count}`));
    list.append(make('li', isRight ? 'right' : '', head, row, make('p', 'small', ...rich(why))));
  });
  return list;
}
