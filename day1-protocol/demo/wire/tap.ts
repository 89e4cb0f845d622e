import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Sender } from '#day1/given/rfc6455.ts';
import { Conversation, type Print } from './conversation.ts';
import type { Read } from './decoder.ts';
import type { Address } from './options.ts';

/**
 * A TCP proxy, not yet listening, that shows what goes through. The bytes pass unchanged and at once, even if they aren't a
 * WebSocket, if a frame is broken or arrives in pieces, or if one side has ended its half.
 *
 * @param to each client gets a connection to this server
 * @param read takes a frame apart: see `Read`
 * @param print called with the lines of one event
 */
export function createTap(to: Address, read: Read, print: Print): Server {
  let count = 0;
  return createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const conversation = new Conversation(++count, read, print);
    const server = connect({ ...to, allowHalfOpen: true, noDelay: true });
    let reached = false;
    server.on('connect', () => (reached = true));
    server.on('error', (error) =>
      reached ? conversation.failed('server', error) : conversation.notReached(to, error),
    );
    client.on('error', (error) => conversation.failed('client', error));
    forward('client', client, server, conversation);
    forward('server', server, client, conversation);
  });
}

function forward(who: Sender, from: Socket, to: Socket, conversation: Conversation): void {
  from.on('data', (chunk: Buffer) => {
    if (to.destroyed) return;
    const keepsUp = to.write(chunk);
    conversation.take(who, chunk);
    if (keepsUp) return;
    from.pause(); // the receiver reads more slowly than the sender writes
    to.once('drain', () => from.resume());
  });
  from.on('end', () => {
    conversation.ended(who);
    to.end();
  });
  from.on('close', (hadError) => {
    if (to.destroyed) return conversation.over();
    // A reset is passed on as a reset; otherwise what was written goes out first.
    if (hadError) to.resetAndDestroy();
    else to.destroySoon();
  });
}
