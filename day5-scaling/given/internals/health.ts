import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SeenNode } from '#day5/given/internals/node-options.ts';

/** What a node says about itself at /healthz. */
export interface Health {
  /** whether a load balancer should send new clients here */
  ready: boolean;
  node: string;
  bus: 'up' | 'down';
  reason?: string;
  /** the names of the other nodes that it hears, if it has `presence`. A node that is missing here may use another Redis */
  others?: string[];
  sockets: number;
  rooms: number;
  dropped: number;
  unpublished: number;
}

/** Whether a load balancer should send new clients here. Clients that come anyway are served. */
const isReady = (node: SeenNode): boolean => !node.isStopping && node.bus.status === 'up';

export const healthOf = (node: SeenNode): Health => ({
  ready: isReady(node),
  node: node.name,
  bus: node.bus.status,
  reason: node.isStopping ? 'It is stopping.' : node.bus.reason,
  others: node.parts.presence && [...node.parts.presence.others.keys()],
  sockets: node.app.wss.clients.size,
  rooms: node.chat.rooms.size,
  dropped: node.dropped + (node.bus.dropped ?? 0),
  unpublished: node.unpublished,
});

/**
 * Answers `GET /healthz`: 200 if the node is ready, 503 if it is not, with `Health` as JSON.
 *
 * @returns true if it has answered the request
 */
export function answerHealth(node: SeenNode, { url, method }: IncomingMessage, response: ServerResponse): boolean {
  if (url !== '/healthz' || (method !== 'GET' && method !== 'HEAD')) return false;
  response.writeHead(isReady(node) ? 200 : 503, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(`${JSON.stringify(healthOf(node))}\n`);
  return true;
}
