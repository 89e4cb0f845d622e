/** What a check leaves open: found by Node's diagnostics channels, named, and destroyed. */
import diagnostics from 'node:diagnostics_channel';
import { setImmediate as turn } from 'node:timers/promises';
import type { AddressInfo, Server, Socket } from 'node:net';

/** Starts watching. `found()` ends that: it destroys what is still open, and returns an error that names it, or undefined. */
export function watchLeaks(): { found: () => Promise<Error | undefined> } {
  const accepted = new Set<Socket>();
  const dialled = new Set<Socket>();
  const servers = new Set<Server>();
  const subscriptions: [string, (message: unknown) => void][] = [
    ['net.server.socket', (message) => accepted.add((message as { socket: Socket }).socket)],
    ['net.client.socket', (message) => dialled.add((message as { socket: Socket }).socket)],
    ['tracing:net.server.listen:asyncStart', (message) => servers.add((message as { server: Server }).server)],
  ];
  for (const [name, listener] of subscriptions) diagnostics.subscribe(name, listener);
  return {
    async found() {
      await turn(); // a destroyed socket may take a turn to say so
      for (const [name, listener] of subscriptions) diagnostics.unsubscribe(name, listener);
      const names: string[] = [];
      for (const server of servers) {
        if (!server.listening) continue;
        names.push(`a server that listens on port ${(server.address() as AddressInfo | null)?.port ?? '?'}`);
        server.close();
      }
      for (const socket of dialled) {
        if (socket.destroyed || socket.readyState === 'closed') continue;
        names.push(`a connection to port ${socket.remotePort ?? '? (still connecting)'}`);
        socket.destroy();
      }
      for (const socket of accepted) socket.destroy();
      return names.length ? new Error(`Left open at the end: ${names.join(', ')}.`) : undefined;
    },
  };
}
