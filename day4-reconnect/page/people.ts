import type { ServerMessage } from '#day3/given/server-messages.ts';
import { paint } from '../../day3-chat/page/person-colour.ts';
import { fact, find } from './facts.ts';

/** The people in the room. While the client is not connected, the page can't know them. */
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
