import type { BaseNode } from '#day5/given/base-node.ts';
import type { ServerMessage } from '#day3/given/server-messages.ts';

const UNDELIVERED: ServerMessage = {
  type: 'error',
  code: 'undelivered',
  message: 'This server stops, and cannot reach the others. They may never get what was said here meanwhile.',
};

/**
 * Call it right before `shutdown`. If this node stops during an outage, what its people have said may be lost: on their own pages, it
 * looks delivered. So they are told. If only this node was cut off, the people on the others can't be told: to them, it looks like a node that
 * was killed.
 *
 * @returns a function to call after `shutdown`. It returns a sentence for the log, or undefined if the others got everything
 */
export function lastWords({ bus, chat, parts }: BaseNode): () => string | undefined {
  if (bus.status === 'down') for (const room of parts.outage.undelivered()) chat.broadcast(room, UNDELIVERED);
  return () => {
    const rooms = parts.outage.undelivered().length;
    if (rooms === 0) return undefined;
    return `In ${rooms} ${rooms === 1 ? 'room' : 'rooms'}, the other nodes did not get everything that was said here.`;
  };
}
