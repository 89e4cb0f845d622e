import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { fail, serve, serveTcp, show, thrownBy, within, type Trial } from '#kit';
import { freePorts } from '#tools/serve/ports.ts';
import { createClient, inWords, openClient, outcomeOf, promised } from '../../tests/helpers/clients.ts';

/** Servers that let nobody in: what each does, and its port. */
const UNFRIENDLY: [what: string, port: () => Promise<number>][] = [
  ['nobody listens at the port', async () => (await freePorts(0))[0]],
  [
    'the server answers the handshake with 503',
    () => serveTcp(createHttpServer((_, answer) => answer.writeHead(503).end())),
  ],
  [
    'the server does not speak HTTP',
    () => serveTcp(createServer((socket) => socket.on('error', () => {}).end('Hi!\r\n\r\n'))),
  ],
  ['the server hangs up', () => serveTcp(createServer((socket) => socket.resetAndDestroy()))],
];

/** Whether a browser may close with this code. */
const isAllowed = (code: number): boolean => code === 1000 || (code >= 3000 && code <= 4999);

export const CONNECTION_TRIALS: Trial[] = [
  {
    tried: 'Nobody listens; the server refuses, speaks no HTTP, hangs up. Then one that works',
    blames: '2.1',
    async run() {
      for (const [what, port] of UNFRIENDLY) {
        const { client } = await createClient(`ws://127.0.0.1:${await port()}`);
        const outcome = await within(
          outcomeOf(promised(client.connect(), 'connect()')),
          `the outcome of connect() when ${what}`,
          () => `The client's state is "${client.state}".`,
        );
        if (!(outcome instanceof Error))
          fail(
            `When ${what}, connect() ${outcome === 'resolved' ? 'resolves' : `rejects with ${show(outcome)}`}. It should reject with an Error.`,
          );
      }
      let connections = 0;
      const { url } = await serve((wss) => wss.on('connection', () => connections++));
      const { client } = await createClient(url);
      const both = Promise.all([1, 2].map(() => outcomeOf(promised(client.connect(), 'connect()'))));
      const outcomes = await within(both, 'the outcome of connect()', () => `The client's state is "${client.state}".`);
      for (const outcome of outcomes)
        if (outcome !== 'resolved') fail(`A server lets the client in, and connect() rejects: ${inWords(outcome)}.`);
      if (client.socket?.readyState !== 1) fail('connect() has resolved, and the socket is not open.');
      if (connections !== 1)
        fail(`connect() was called twice at once. The server got ${connections} connections, not 1.`);
      return 'connect() rejected four times, resolved once, and never opened a second socket.';
    },
  },
  {
    tried: 'Messages are sent before, during and after a connection',
    blames: '2.4',
    async run() {
      const { client, heard, ended } = await openClient();
      const expected: string[] = [];
      const send = (text: string, isOpen: boolean, when: string): void => {
        const did = client.send({ type: 'news', text, at: 7 });
        if (isOpen) expected.push(JSON.stringify({ type: 'news', text, at: 7 }));
        if (did !== isOpen) fail(`send() ${when} returned ${show(did)}. Expected ${isOpen}.`);
      };
      for (let i = 0; i < 100; i++) send(`word ${i}`, true, 'on an open socket');
      const over = ended();
      client.socket!.close(1000);
      send('too late', false, 'while the socket is closing');
      await over;
      const { client: fresh } = await createClient(client.url);
      if (fresh.send({ type: 'news' }) !== false) fail('send() before connect() did not return false.');
      if (show(heard) !== show(expected))
        fail(
          `The server received ${heard.length} messages, the last one ${show(heard.at(-1))}. Expected the 100 that send() returned true for.`,
        );
      return 'What send() promised arrived, in order, 100 times; the rest got false.';
    },
  },
  {
    tried: 'close() with every code from 0 to 5000, odd numbers, and reasons of 123 and 124 bytes',
    blames: '2.5',
    async run() {
      const { client } = await createClient('ws://127.0.0.1');
      const attempt = (code: number, reason: string, right: boolean): void => {
        const thrown = thrownBy(() => client.close(code, reason));
        const call = `close(${code}${reason && `, a reason of ${Buffer.byteLength(reason)} bytes`})`;
        if (right && thrown !== undefined) fail(`${call} threw ${show(String(thrown))}. A browser allows it.`);
        if (!right && !(thrown instanceof RangeError))
          fail(
            `${call} ${thrown === undefined ? 'threw nothing' : `threw ${show(String(thrown))}`}. Expected a RangeError: a browser refuses it.`,
          );
      };
      for (let code = 0; code <= 5000; code++) attempt(code, '', isAllowed(code));
      for (const code of [-1, 65_536, 1000.5, NaN, Infinity, -Infinity]) attempt(code, '', false);
      attempt(4001, 'x'.repeat(123), true);
      attempt(4001, 'x'.repeat(124), false);
      attempt(4001, 'é'.repeat(62), false);

      const open = await openClient();
      const over = open.ended();
      open.client.close(4001, 'é'.repeat(61));
      const { code, reason } = await over;
      if (code !== 4001 || reason !== 'é'.repeat(61))
        fail(`close(4001, 61 times é) reached the server with code ${code} and the reason ${show(reason)}.`);
      return 'It refused what a browser refuses, and nothing else. The server got code and reason.';
    },
  },
];
