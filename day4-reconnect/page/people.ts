import type { ServerMessage } from '#day3/given/server-messages.ts';
import { fact, find } from './facts.ts';

const HUES = 12;
const hues = new Map<string, number>();

/** Gives an element the colour of a user. */
export function paint(element: HTMLElement, userId: string): void {
  let hue = hues.get(userId);
  if (hue === undefined) {
    hue = [...userId].reduce((sum, character) => sum * 31 + character.charCodeAt(0), 0) % HUES;
    // If someone else has that colour, take the next free one. From the 13th person on, two share one.
    while (hues.size < HUES && [...hues.values()].includes(hue)) hue = (hue + 1) % HUES;
    hues.set(userId, hue);
  }
  element.classList.add('person');
  element.style.setProperty('--hue', `${(hue * 360) / HUES}`);
}

/** Who is in the room. While the client is not connected, nobody knows. */
export class People {
  readonly #names = new Map<string, string>();
  #me = '';

  get me(): string {
    return this.#me;
  }

  hear(message: ServerMessage): void {
    if (message.type === 'init') {
      this.#me = message.userId;
      this.#names.clear();
      for (const { userId, name } of message.onlineUsers) this.#names.set(userId, name);
    }
    if (message.type === 'joined' || message.type === 'renamed') this.#names.set(message.userId, message.name);
    if (message.type === 'left') this.#names.delete(message.userId);
    this.#show();
  }

  forget(): void {
    this.#names.clear();
    this.#show();
  }

  #show(): void {
    fact('count', `${this.#names.size}`);
    find('people').replaceChildren(
      ...[...this.#names].map(([userId, name]) => {
        const item = document.createElement('li');
        item.textContent = userId === this.#me ? `${name} (you)` : name;
        paint(item, userId);
        return item;
      }),
    );
  }
}
