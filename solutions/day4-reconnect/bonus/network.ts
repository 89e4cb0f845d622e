/** What is needed of a client: `ReconnectingClient` has it. */
export interface Client {
  retryNow(): void;
  onSilence(): void;
}

/**
 * Lets the browser's events help: `online` ends the waiting at once; at `offline` an open connection counts as lost, long before the
 * silence would show it; each time. A hint only: `online` does not promise that the server can be reached.
 *
 * @param network the page's `window`
 * @returns what undoes it: no listener stays
 */
export function followNetwork(client: Client, network: EventTarget): () => void {
  const online = (): void => client.retryNow();
  const offline = (): void => client.onSilence();
  network.addEventListener('online', online);
  network.addEventListener('offline', offline);
  return () => {
    network.removeEventListener('online', online);
    network.removeEventListener('offline', offline);
  };
}
