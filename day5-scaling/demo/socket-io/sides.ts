/** The two chats that are compared, each with its node and its client. */
import { Agent } from 'node:http';
import { WebSocket } from 'ws';
import { ChatClient } from './client.ts';
import { requestHeaders, socketHeaders } from './headers.ts';
import { createNode } from './node.ts';
import { createOwnClient } from './own-client.ts';
import { createOwnNode } from './own-node.ts';
import type { Side } from './side.ts';

/** Day 5's node, with day 4's client. */
export const own: Side = {
  name: "day 5's chat",
  createNode: createOwnNode,
  dial(port, token) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}`, ['chat', `token.${token}`], {
      headers: socketHeaders(port),
    });
    return new Promise((resolve, reject) =>
      socket.on('open', () => resolve(() => socket.terminate())).on('error', reject),
    );
  },
  createClient(settings) {
    const client = createOwnClient(settings);
    return { say: (text) => void client.send(text), close: () => client.close() };
  },
};

/** @param transports in the form that Socket.IO's client expects */
function socketIo(name: string, transports: string[]): Side {
  const room = undefined;
  const hear = () => {};
  return {
    name,
    createNode,
    async dial(port, token) {
      const agent = new Agent({ keepAlive: true }); // like a browser; Node's own client would open a connection for each request
      const transportOptions = {
        polling: { agent, extraHeaders: requestHeaders(port) },
        websocket: { extraHeaders: socketHeaders(port) },
      };
      const { socket } = new ChatClient({ port, token, room, hear, options: { transports, transportOptions } });
      await new Promise<void>((resolve, reject) => socket.on('connect', resolve).on('connect_error', reject));
      const { engine } = socket.io;
      if (engine.transport.name !== transports.at(-1))
        await new Promise<void>((resolve) => engine.once('upgrade', () => resolve()));
      return () => {
        socket.disconnect();
        agent.destroy();
      };
    },
    createClient(settings) {
      const { socket } = new ChatClient({ ...settings, options: { transports } });
      return { say: (text) => void socket.emit('chat', { text }), close: () => void socket.disconnect() };
    },
  };
}

export const webSocketOnly = socketIo('WebSocket only', ['websocket']);
export const asItComes = socketIo('polling first', ['polling', 'websocket']);
