import type { ChatMessage } from '#day3/given/server-messages.ts';
import type { Outgoing } from '#day4/given/types.ts';
import { paint } from '../../day3-chat/page/person-colour.ts';

/** The conversation. At its end are the messages of this page that the server has not confirmed yet. */
export class Log {
  readonly #element: HTMLElement;
  /** the rows of the outbox, by key */
  readonly #waiting = new Map<string, HTMLElement>();
  #me = '';
  /** the newest id that this page knows, from a message or from `init` */
  #newest: string | undefined;
  /** the last id of the replay that is coming in now */
  #replayEnds: string | undefined;
  #replayTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  /** @param last the newest id that the server has: if this page has another one, a replay follows, up to that id */
  joined(me: string, last: string | undefined): void {
    this.#me = me;
    this.#replay(this.#newest !== undefined && last !== this.#newest ? last : undefined);
    this.#newest ??= last;
  }

  chat({ id, userId, name, text, key }: ChatMessage): void {
    const mine = key === undefined ? undefined : this.#waiting.get(key);
    mine?.remove();
    if (mine) this.#waiting.delete(key!);
    const row = this.#add(mine || userId === this.#me ? 'sent' : 'received', { who: name, text, size: id }, userId);
    if (this.#replayEnds !== undefined && !mine) {
      row.classList.add('replayed');
      row.querySelector('.size')!.textContent = `replayed ${id}`;
    }
    this.#replay(id === this.#replayEnds ? undefined : this.#replayEnds);
    this.#newest = id;
  }

  /** A replay comes at once. If nothing comes, the history is empty, and its last id is not that of a message. */
  #replay(until: string | undefined): void {
    this.#replayEnds = until;
    clearTimeout(this.#replayTimer);
    this.#replayTimer = setTimeout(() => (this.#replayEnds = undefined), 1000);
  }

  /** Something came that is never replayed: what follows is new. */
  live(): void {
    this.#replay(undefined);
  }

  /** Shows a message of the outbox, once. */
  waits({ key, text }: Outgoing, name: string): void {
    if (key === undefined || this.#waiting.has(key)) return;
    const row = this.#add('sent waiting', { who: name, text, size: 'waiting' }, this.#me);
    this.#element.append(row);
    this.#waiting.set(key, row);
    this.#toEnd();
  }

  /** Nothing will be sent any more. */
  closed(): void {
    for (const row of this.#waiting.values()) row.querySelector('.size')!.textContent = 'not confirmed';
  }

  gap(words: string): void {
    if (this.#lastRow()?.classList.contains('gap')) return; // once is enough
    this.#add('system gap', { text: words });
  }

  /** @param kind a note takes the place of the one before, if that was of the same kind */
  note(words: string, kind = ''): void {
    const last = this.#lastRow();
    if (kind !== '' && last?.dataset.kind === kind) return void (last.textContent = words);
    this.#add('system', { text: words }).dataset.kind = kind;
  }

  /** The last row before those that wait. */
  #lastRow(): HTMLElement | undefined {
    return [...this.#element.children].filter((row) => !row.classList.contains('waiting')).at(-1) as HTMLElement;
  }

  /** Texts and names come from strangers. As textContent they stay text, and are never taken for HTML. */
  #add(className: string, parts: Record<string, string>, userId?: string): HTMLElement {
    const row = document.createElement('p');
    row.className = className;
    for (const [part, content] of Object.entries(parts)) {
      const span = document.createElement('span');
      span.className = part;
      span.textContent = content;
      if (part === 'who' && userId) paint(span, userId);
      row.append(span, ' ');
    }
    this.#element.insertBefore(row, this.#element.querySelector('.waiting'));
    this.#toEnd();
    return row;
  }

  #toEnd(): void {
    this.#element.scrollTop = this.#element.scrollHeight;
  }
}
