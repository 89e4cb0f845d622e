import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { echo } from '#solutions/day1-protocol/echo.ts';
import type { Print } from './conversation.ts';
import type { Read } from './decoder.ts';
import { paint } from './style.ts';
import { createTap } from './tap.ts';

/** Shows one event, and resolves when the reader wants the next one. @param bytes the whole frame, if the event is one */
type Show = (text: string, bytes?: Uint8Array) => Promise<void>;

/** An echo server, a tap in front of it, and a client that sends one of each: on free ports, ended when all is shown. */
export async function runDemo(read: Read, show: Show): Promise<void> {
  // The connection goes on while the reader is looking, so what it does waits here to be shown.
  const events: Parameters<Print>[] = [];
  const print: Print = (...event) => void events.push(event);
  const showAll = async () => {
    for (const event of events.splice(0)) await show(...event);
  };
  const wss = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  wss.on('connection', echo);
  await once(wss, 'listening');
  const tap: Server = createTap({ host: '127.0.0.1', port: (wss.address() as AddressInfo).port }, read, print);
  tap.listen(0, '127.0.0.1');
  await once(tap, 'listening');

  const socket = new WebSocket(`ws://127.0.0.1:${(tap.address() as AddressInfo).port}`);
  const answer = async (event: string) => {
    await once(socket, event);
    await showAll();
  };
  const step = (code: string) => print(`${paint.title(`> ${code}`)}\n`);

  step('new WebSocket(url)');
  await answer('message');
  step("socket.send('Hi')");
  socket.send('Hi');
  await answer('message');
  step("socket.send('x'.repeat(126)), one byte more than the seven bits can say");
  socket.send('x'.repeat(126));
  await answer('message');
  step('socket.send(Uint8Array.of(0, 127, 128, 255))');
  socket.send(Uint8Array.of(0, 127, 128, 255));
  await answer('message');
  step("socket.ping('there?'), which a page cannot do");
  socket.ping('there?');
  await answer('pong');
  step("socket.close(1000, 'bye')");
  socket.close(1000, 'bye');
  await answer('close');

  const closed = once(tap, 'close');
  tap.close(); // emits 'close' when its last connection is over
  wss.close();
  await closed;
  await showAll();
}
