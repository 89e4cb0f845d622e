/*
 * What you have
 *
 *   client.retryNow(): void     stops waiting and connects at once; does nothing while open, connecting or closed
 *   client.ended(1006): void    exercise 4.4: the connection is lost, and a retry is planned; does nothing without a connection
 *   network.addEventListener(type, listener), network.removeEventListener(type, listener)
 */
import { todo } from '#tools/todo.ts';

/** What followNetwork needs from a client. `ReconnectingClient` has both methods. */
export interface Client {
  retryNow(): void;
  ended(code: number): void;
}

/**
 * Listens to the browser's network events. `online` calls client.retryNow(), `offline` calls client.ended(1006), each time. Nothing is
 * called before an event comes. `online` is only a hint: the network is back, but the server may still be out of reach.
 *
 * @param network the page's `window`
 * @returns a function that removes both listeners
 */
export function followNetwork(client: Client, network: EventTarget): () => void {
  // TODO 4.c
  //   1. Add one listener for `online` and one for `offline`.
  //   2. Return a function that removes these two listeners.
  todo('4.c', 'followNetwork');
  return () => {}; // a placeholder, so that the rest works meanwhile: remove it, too
}
