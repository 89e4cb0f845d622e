import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { frame } from '#kit';
import { Tokens } from '#day3/given/tokens.ts';
import { handshake } from '#tools/tests/helpers/day3/app.ts';
import { Hostile } from './day3-fuzz.ts';

const MESSAGES = 120_000; // messages that reach the chat, from all hostile clients together; broken frames are not counted
const CLIENTS = 6;
const FENCE = frame(1, '{"type":"fence"}');
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
const tokens = new Tokens({ secret: 'of the fuzz test', life: 3_600_000 });

test(`day 3: a chat under ${MESSAGES} hostile messages (SEED=${seed})`, { timeout: 300_000 }, async () => {
  console.log(`day 3 fuzz: SEED=${seed}`);
  const server = fork(fileURLToPath(new URL('day3-fuzz-server.ts', import.meta.url)), {
    execArgv: ['--import', 'tsx', '--expose-gc'],
  });
  onTestFinished(() => void server.kill());
  let died: string | undefined;
  server.on('exit', (code, signal) => (died = `the server ended with ${signal ?? code}`));
  let seen = 0;
  server.on('message', ({ messages }: { messages?: number }) => (seen = messages ?? seen));
  const [{ port }] = (await once(server, 'message')) as [{ port: number }];

  const conversation = await talk(port);
  const sources = Array.from({ length: CLIENTS }, (_, client) => new Hostile(seed + client));
  /** All of them send until the chat has seen this many messages. A message that is lost with its connection doesn't count. */
  const until = (messages: number) =>
    Promise.all(
      sources.map((hostile, client) => attack(port, hostile, client, () => died !== undefined || seen >= messages)),
    );
  const first = await until(MESSAGES / 4);
  expect(died).toBeUndefined();
  const warm = await ask(server);
  const second = await until(MESSAGES);
  expect(died).toBeUndefined();
  const { alice, bob, count } = await conversation.end();
  const end = await ask(server);

  const expected = Array.from({ length: count }, (_, i) => `healthy ${i}`);
  expect(count).toBeGreaterThan(20);
  expect(alice).toEqual(expected);
  expect(bob).toEqual(expected);
  // The two healthy clients are left, and nothing of the others.
  expect({ rooms: end.rooms, users: end.users, clients: end.clients }).toEqual({ rooms: 1, users: 2, clients: 2 });
  expect(end.heap - warm.heap, 'bytes by which the heap has grown between a quarter and the end').toBeLessThan(
    8 * 1024 * 1024,
  );
  const connections = [...first, ...second].reduce((sum, one) => sum + one, 0);
  console.log(
    `day 3 fuzz: ${end.messages} messages seen, on ${connections} connections; ${count} healthy ones in order; heap ${mb(warm.heap)}, then ${mb(end.heap)}`,
  );
});

const mb = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;

interface Held {
  heap: number;
  rooms: number;
  users: number;
  clients: number;
  messages: number;
}

async function ask(server: ChildProcess): Promise<Held> {
  // A client that has just been cut off may still be known: ask until only the healthy ones are left, or nothing changes.
  for (let tries = 0; ; tries++) {
    server.send('what do you hold?');
    const held = await new Promise<Held>((resolve) => {
      const hear = (message: Partial<Held>): void => {
        if (message.heap === undefined) return;
        server.off('message', hear);
        resolve(message as Held);
      };
      server.on('message', hear);
    });
    if (held.clients <= 2 || tries === 200) return held;
  }
}

/** Sends on as many connections as it takes, until it is enough. Returns their number. */
async function attack(port: number, hostile: Hostile, client: number, enough: () => boolean): Promise<number> {
  let connections = 0;
  let line: Line | undefined;
  while (!enough()) {
    if (!line || line.ended) {
      line = await enter(port, `Hostile ${client}`);
      connections++;
      if (hostile.chance(0.05)) line.socket.pause(); // this client doesn't read
    }
    const { bytes, mayEnd } = hostile.next();
    const { socket } = line;
    if (!socket.write(bytes)) await Promise.race([line.changed(), turn()]);
    if (mayEnd && !socket.isPaused()) {
      // What is written to a connection that has ended reaches nobody, so wait for what happens to this one.
      socket.write(FENCE);
      await line.changed();
    }
    if (hostile.chance(0.05)) await turn(); // in between, answers and the end of the connection can arrive
    while (socket.writableLength > 100_000 && !line.ended && !socket.isPaused()) await line.changed();
    if (socket.isPaused() && hostile.chance(0.01)) socket.destroy();
    if (hostile.chance(0.001)) socket.resetAndDestroy();
  }
  line?.socket.destroy();
  return connections;
}

interface Line {
  socket: Socket;
  ended: boolean;
  /** resolves when something arrives, something has been written, or the connection ends */
  changed(): Promise<void>;
}

async function enter(port: number, name: string): Promise<Line> {
  const socket = connectTcp(port, '127.0.0.1');
  const wake: (() => void)[] = [];
  const line: Line = {
    socket,
    ended: false,
    changed: () => (line.ended ? Promise.resolve() : new Promise((resolve) => wake.push(resolve))),
  };
  const changed = (): void => wake.splice(0).forEach((one) => one());
  socket.on('error', () => {}); // 'close' follows
  socket.on('data', changed).on('drain', changed);
  socket.on('close', () => {
    line.ended = true;
    changed();
  });
  socket.write(handshake(`chat, token.${tokens.issue(name).token}`));
  await line.changed();
  return line;
}

/** Two healthy people in the lobby: one sends a number, waits until it comes back, and sends the next one. */
async function talk(port: number) {
  const heard: Record<'alice' | 'bob', string[]> = { alice: [], bob: [] };
  let count = 0;
  let going = true;
  let idle = (): void => {};
  const people = await Promise.all(
    (['alice', 'bob'] as const).map(async (name) => {
      const socket = new WebSocket(`ws://127.0.0.1:${port}`, ['chat', `token.${tokens.issue(name).token}`], {
        perMessageDeflate: false,
      });
      socket.on('message', (data) => {
        const { type, text, name: from } = JSON.parse(String(data));
        if (type !== 'chat' || from !== 'alice') return;
        heard[name].push(text);
        if (heard.alice.length === count && heard.bob.length === count) setImmediate(going ? say : idle);
      });
      await once(socket, 'open');
      socket.send('{"type":"join","room":"lobby"}');
      await once(socket, 'message');
      return socket;
    }),
  );
  const say = (): void => people[0].send(JSON.stringify({ type: 'chat', text: `healthy ${count++}` }));
  const closed = people.map((socket) =>
    once(socket, 'close').then(([code]) => Promise.reject(new Error(`a healthy client was closed with ${code}`))),
  );
  for (const one of closed) one.catch(() => {});
  say();
  return {
    async end() {
      const last = new Promise<void>((resolve) => (idle = resolve));
      going = false;
      await Promise.race([last, ...closed]);
      onTestFinished(() => people.forEach((socket) => socket.terminate()));
      return { ...heard, count };
    },
  };
}
