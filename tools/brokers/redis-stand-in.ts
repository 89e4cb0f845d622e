/**
 * A stand-in for Redis, for laptops on which nobody may install one. It has Pub/Sub on this machine, but no keys, no persistence and
 * no passwords. It answers what Redis 7.0 answers, byte for byte: tools/tests/redis-compare.test.ts checks that.
 */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { execute, type Session } from '#tools/brokers/stand-in/commands.ts';
import { error, ProtocolError, readCommand } from '#tools/brokers/stand-in/resp.ts';

/** How many bytes a subscriber may leave unread: the hard limit of Redis's `client-output-buffer-limit pubsub 32mb 8mb 60`. */
const UNREAD_LIMIT = 32 * 1024 * 1024;

export interface StandIn {
  port: number;
  /** such as `redis://127.0.0.1:6379` */
  url: string;
  /** every open connection: destroy one, and its client has to come back */
  connections: Set<Socket>;
  /** Ends every connection, frees the port, and resolves when both have happened. */
  stop: () => Promise<void>;
}

/**
 * Starts it on 127.0.0.1 only, because it has no passwords.
 *
 * @param options.port 0 or nothing: any free one
 * @throws the system's error, such as EADDRINUSE
 */
export async function startStandIn({ port = 0 } = {}): Promise<StandIn> {
  const connections = new Set<Socket>();
  const sessions = new Set<Session>();
  let lastId = 0;
  const server = createServer({ noDelay: true }, (socket) => {
    const session = open(socket, ++lastId);
    connections.add(socket);
    sessions.add(session);
    socket.on('data', feeder(socket, session, sessions));
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      connections.delete(socket);
      sessions.delete(session);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');

  const { port: taken } = server.address() as AddressInfo;
  const stop = async () => {
    for (const socket of connections) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  return { port: taken, url: `redis://127.0.0.1:${taken}`, connections, stop };
}

function open(socket: Socket, id: number): Session {
  const channels = new Set<string>();
  return {
    id,
    protocol: 2,
    name: '',
    channels,
    send(bytes) {
      socket.write(bytes);
      // A subscriber that doesn't read fills the memory of the server. Redis cuts it off, too.
      if (channels.size > 0 && socket.writableLength > UNREAD_LIMIT) socket.destroy();
    },
    leave() {
      channels.clear();
      socket.destroySoon();
    },
  };
}

/** Takes what comes in chunks, cut anywhere, and executes each command when it is all there. */
function feeder(socket: Socket, session: Session, everyone: Iterable<Session>): (chunk: Buffer) => void {
  let bytes = Buffer.alloc(0);
  return (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    try {
      while (!socket.writableEnded) {
        const command = readCommand(bytes);
        if (!command) return;
        bytes = bytes.subarray(command.size);
        if (command.words.length > 0) execute(session, command.words, everyone);
      }
    } catch (problem) {
      if (!(problem instanceof ProtocolError)) throw problem;
      session.send(error(`ERR Protocol error: ${problem.message}`));
      session.leave();
    }
  };
}
