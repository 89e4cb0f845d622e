import { once } from 'node:events';
import { onCleanUp } from '#kit';
import type { BaseNode } from '#day5/given/base-node.ts';
import { listening } from '#tools/serve/ports.ts';

/**
 * Lets a node listen until the end of the check.
 *
 * @param first called before its connections are closed
 * @returns the port
 */
export async function listen(
  { app: { server, wss } }: BaseNode,
  first = async (): Promise<void> => {},
): Promise<number> {
  const port = await listening(server);
  onCleanUp(async () => {
    await first();
    const closed = server.listening ? once(wss, 'close') : undefined;
    for (const socket of wss.clients) socket.terminate();
    wss.close();
    await closed;
    server.close();
    server.closeAllConnections();
  });
  return port;
}
