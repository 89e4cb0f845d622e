/** Three nodes of day 5 on one broker, and people who come to them through a proxy. */
import type { Socket } from 'node:net';
import { connect, onCleanUp, type Client } from '#kit';
import { listening } from '#tools/serve/ports.ts';
import { Tokens } from '#day3/given/tokens.ts';
import { MemoryBroker, MemoryBus } from '../../../../day5-scaling/tests/helpers/memory-bus.ts';
import { optionalParts } from '#day5/given/optional/optional-parts.ts';
import { ChatNode } from '#solutions/day5-scaling/chat-node.ts';

export interface Running {
  node: ChatNode;
  port: number;
  /** Ends it as a crash does: the system closes every connection, nobody listens any more. */
  kill(): Promise<void>;
}

const tokens = new Tokens();

/** @param heartbeatMs between two pings */
export async function startNodes(
  heartbeatMs = 3_600_000,
): Promise<{ nodes: Running[]; broker: MemoryBroker; ports: number[] }> {
  const broker = new MemoryBroker();
  const nodes = await Promise.all(['one', 'two', 'three'].map((name) => startNode(name, broker, heartbeatMs)));
  return { nodes, broker, ports: nodes.map(({ port }) => port) };
}

async function startNode(name: string, broker: MemoryBroker, heartbeatMs: number): Promise<Running> {
  const bus = new MemoryBus(broker);
  await bus.connect();
  const node = new ChatNode({
    ...optionalParts(),
    name,
    bus,
    tokens,
    heartbeatMs,
    page: (_, response) => void response.end('the page'),
  });
  const { server, wss } = node.app;
  const connections = new Set<Socket>();
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });
  const port = await listening(server);
  let killed: Promise<void> | undefined;
  const kill = (): Promise<void> =>
    (killed ??= (async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      wss.close();
      for (const socket of connections) socket.destroy();
      await bus.close();
      await closed;
    })());
  onCleanUp(kill);
  return { node, port, kill };
}

/** Comes with a good token, and joins the room. */
export async function come(url: string, name: string, options: Parameters<typeof connect>[1] = {}): Promise<Client> {
  const client = await connect(url, { protocols: ['chat', `token.${tokens.issue(name).token}`], ...options });
  client.send(JSON.stringify({ type: 'join', room: 'lobby' }));
  await client.next('init');
  return client;
}

/** Says something, and waits until it comes back. */
export const say = (client: Client, text: string) =>
  client.fence(JSON.stringify({ type: 'chat', text }), (message) =>
    message.text.includes(`"text":${JSON.stringify(text)}`),
  );
