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
  const online = (): void => client.retryNow();
  const offline = (): void => client.onSilence();
  network.addEventListener('online', online);
  network.addEventListener('offline', offline);
  // The very functions that were added: new arrow functions here would remove nothing.
  return () => {
    network.removeEventListener('online', online);
    network.removeEventListener('offline', offline);
  };
}
