import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { MESSAGE, type Running } from '../contenders.ts';

/** Plain ws that compresses every message. It is only there to show what that costs in memory. */
export async function start(): Promise<Running> {
  const wss = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: { threshold: 0 } });
  const text = JSON.stringify({ type: 'chat', ...MESSAGE });
  wss.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', () => socket.send(text));
    socket.send('{"type":"init"}', { compress: false });
  });
  await once(wss, 'listening');
  return {
    port: (wss.address() as AddressInfo).port,
    speech: {
      path: '/',
      protocols: [],
      ready: '{"type":"init"',
      delivery: '{"type":"chat"',
      say: text,
      compressed: true,
    },
    broadcast() {
      for (const socket of wss.clients) socket.send(text);
    },
  };
}
