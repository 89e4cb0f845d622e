import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Sender } from '#day1/rfc6455.ts';
import { Conversation, type Print } from './conversation.ts';
import type { Read } from './decoder.ts';
import type { Address } from './options.ts';

/**
 * A TCP proxy, not yet listening, that shows what goes through. The bytes pass untouched and at once, whatever is made of them:
 * also when they are no WebSocket, when a frame is broken or comes in pieces, and when one side has ended its half.
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
    forward('client', client, server, conversation);
    forward('server', server, client, conversation);
    client.on('error', (error) => conversation.failed('client', error));
    server.on('error', (error: NodeJS.ErrnoException) => {
      if (!server.connecting && server.remotePort) conversation.failed('server', error);
      else conversation.notReached(to, error);
    });
  });
}

function forward(who: Sender, from: Socket, to: Socket, conversation: Conversation): void {
  from.on('data', (chunk: Buffer) => {
    const room = to.write(chunk);
    conversation.take(who, chunk);
    if (room) return;
    from.pause(); // the other side reads more slowly than this one writes
    to.once('drain', () => from.resume());
  });
  from.on('end', () => {
    conversation.ended(who);
    to.end();
  });
  from.on('close', (hadError) => {
    // Writes that are still under way go out first; a broken connection breaks the other one, too.
    if (hadError) to.destroy();
    else if (!to.writableEnded) to.destroySoon();
    if (to.destroyed) conversation.over();
  });
}
