import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { MESSAGE, type Running } from '../contenders.ts';

/** The base of all ratios: a broadcast as the ws library's own documentation writes it, but turned into JSON only once. */
export const start = (): Promise<Running> =>
  startPlain((wss) => {
    const text = JSON.stringify({ type: 'chat', ...MESSAGE });
    for (const socket of wss.clients) if (socket.readyState === socket.OPEN) socket.send(text);
  });

/** A server of ws alone. @param broadcast sends one message to all of its clients */
export async function startPlain(broadcast: (wss: WebSocketServer) => void): Promise<Running> {
  const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  wss.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', () => socket.send('{"type":"init"}'));
  });
  await once(wss, 'listening');
  return {
    port: (wss.address() as AddressInfo).port,
    speech: { path: '/', protocols: [], join: '{"type":"join"}', ready: '{"type":"init"', delivery: '{"type":"chat"' },
    broadcast: () => broadcast(wss),
  };
}
