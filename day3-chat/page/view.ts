import { paint } from './person-colour.ts';

/** The page's display. Names and messages come from strangers, so they are set as textContent, never as HTML. */
const log = find('log');

/**
 * Adds a line to the conversation, and scrolls to it unless the reader has scrolled up.
 *
 * @param userId whose name is in the part `who`
 */
export function addLine(kind: 'sent' | 'received' | 'system', parts: Record<string, string>, userId?: string): void {
  const line = document.createElement('p');
  line.className = kind;
  for (const [part, content] of Object.entries(parts)) {
    const span = document.createElement('span');
    span.className = part;
    span.textContent = content;
    if (part === 'who' && userId !== undefined) paint(span, userId);
    line.append(span, ' ');
  }
  const end = atEnd();
  log.append(line);
  while (log.childElementCount > 500) log.firstElementChild?.remove();
  if (end || kind === 'sent') toEnd();
}

const atEnd = (): boolean => log.scrollHeight - log.scrollTop - log.clientHeight < 40;
const toEnd = (): void => void (log.scrollTop = log.scrollHeight);

export function setPeople(people: { userId: string; name: string; isMe: boolean }[]): void {
  find('count').textContent = `${people.length}`;
  find('invitation').hidden = people.some(({ isMe }) => !isMe);
  find('people').replaceChildren(
    ...people.map(({ userId, name, isMe }) => {
      const item = document.createElement('li');
      item.textContent = isMe ? `${name} (you)` : name;
      if (isMe) item.className = 'me';
      paint(item, userId);
      return item;
    }),
  );
}

export function showTyping(names: string[]): void {
  const words =
    names.length > 3
      ? 'Several people are typing …'
      : names.length > 1
        ? `${names.join(' and ')} are typing …`
        : `${names[0]} is typing …`;
  find('typing').textContent = names.length === 0 ? '' : words;
}

/** @param words an empty text hides the notice */
export function showProblem(words: string): void {
  const end = atEnd(); // the notice makes the conversation smaller
  find('problem').textContent = words;
  find('problem').hidden = words === '';
  if (end) toEnd();
}

/** @param state `none`: nobody has tried to connect yet */
export function showState(state: 'none' | 'connecting' | 'open' | 'closed', words: string = state): void {
  find('state').dataset.state = state;
  find('state').textContent = words;
  find<HTMLButtonElement>('send').disabled = state !== 'open';
}

export function find<E extends HTMLElement>(id: string): E {
  return document.getElementById(id) as E;
}
