/*
 * What you have
 *
 *   client.retryNow(): void     stops waiting and connects at once; does nothing while open, connecting or closed
 *   client.onSilence(): void    exercise 4.6: an open connection counts as lost, and a retry is planned
 *   network.addEventListener(type, listener), network.removeEventListener(type, listener)
 */
import { todo } from '#tools/todo.ts';

/** What followNetwork needs of a client. `ReconnectingClient` has both. */
export interface Client {
  retryNow(): void;
  onSilence(): void;
}

/**
 * Listens to the browser's network events. `online` calls client.retryNow(), `offline` calls client.onSilence(), each time. Nothing is
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
  return () => {};
}
