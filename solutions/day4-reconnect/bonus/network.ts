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
  const online = (): void => client.retryNow();
  const offline = (): void => client.ended(1006);
  network.addEventListener('online', online);
  network.addEventListener('offline', offline);
  // The very functions that were added: new arrow functions here would remove nothing.
  return () => {
    network.removeEventListener('online', online);
    network.removeEventListener('offline', offline);
  };
}
