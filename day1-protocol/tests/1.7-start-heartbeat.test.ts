import { WebSocketServer } from 'ws';
import { vi } from 'vitest';
import { connect, exercise, expect, fail, fakeClock, load, rawConnect, serve, show, within, type Client } from '#kit';

exercise('1.7 startHeartbeat', (check) => {
  const INTERVAL = 20_000; // not the 30 seconds of most examples

  /** A server with the learner's heartbeat, an answer to fences, and a clock that stands still. */
  async function start() {
    const { startHeartbeat } = await load(() => import('#day1/heartbeat.ts'), 'startHeartbeat');
    const clock = fakeClock();
    const served = await serve((wss) => {
      wss.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data))));
      startHeartbeat(wss, INTERVAL);
    });
    /** Time passes; then each of the living gets its ping and its pong is back. */
    const beat = async (ms: number, ...living: Client[]): Promise<void> => {
      clock.advance(ms);
      // Twice: the first round trip brings the ping, the second follows the pong.
      for (const client of [...living, ...living]) {
        await client
          .fence()
          .catch((error) =>
            fail(
              client.closedWith && !client.trouble
                ? 'The sweep cut off a client that is alive, and that has answered each ping it got.'
                : error.message,
            ),
          );
      }
    };
    return { ...served, clock, beat };
  }
  const open = (wss: WebSocketServer): number =>
    [...wss.clients].filter((socket) => socket.readyState === socket.OPEN).length;

  check('each interval, every client gets one ping', async () => {
    const { url, clock, beat } = await start();
    const clients = [await connect(url), await connect(url)];
    clock.advance(INTERVAL - 1);
    for (const client of clients) await client.fence();
    expect(
      clients.map((client) => client.pings),
      'Wrong number of pings to two clients before the first interval is over.',
    ).toEqual([0, 0]);
    if (clock.timers() === 0)
      fail(
        'No timer is running: neither setInterval nor setTimeout has been called. This suite moves the clock of the global ones; node:timers it cannot move.',
      );
    await beat(1, ...clients);
    expect(
      clients.map((client) => client.pings),
      'Wrong number of pings to two clients after one interval.',
    ).toEqual([1, 1]);
    await beat(INTERVAL, ...clients);
    expect(
      clients.map((client) => client.pings),
      'Wrong number of pings to two clients after two intervals.',
    ).toEqual([2, 2]);
    const texts = clients
      .flatMap(({ received }) => received.map(({ text }) => text))
      .filter((text) => !text.startsWith('fence'));
    if (texts.length > 0)
      fail(
        `The clients were sent ${show(texts[0])}, a message. A ping is a frame of its own, which no page sees: a message it must sort out from its own.`,
      );
  });
  check('who answers stays, however long', async () => {
    const { url, wss, beat } = await start();
    const client = await connect(url);
    for (let i = 0; i < 5; i++) {
      await beat(INTERVAL, client);
      if (open(wss) !== 1) fail(`A client that answers every ping was cut off after ${i + 1} intervals.`);
    }
  });
  check('who never answers is terminated at the second sweep', async () => {
    const { url, port, wss, beat } = await start();
    const living = await connect(url);
    const dead = await rawConnect(port);
    await beat(INTERVAL, living);
    if (open(wss) !== 2)
      fail('A silent client was cut off at the first sweep: it has had no interval in which to answer.');
    await beat(INTERVAL, living);
    if (open(wss) !== 1) fail('A client that has not answered for a whole interval is still connected.');
    const opcodes: number[] = [];
    for (;;) {
      await dead.endOrBytes('the end of the connection');
      if (dead.bytes.length === 0) break;
      opcodes.push((await dead.takeFrame('a frame')).opcode);
      await living.fence();
      if (opcodes.at(-1) === 8 && wss.clients.size > 1)
        fail(
          'A dead peer was sent a closing handshake: it will never answer that either, and the connection stays until close() gives up. terminate() ends it at once.',
        );
    }
    if (opcodes[0] !== 9)
      fail(`The first frame that the silent client got has opcode ${opcodes[0]}; a ping, opcode 9, was expected.`);
  });
  check('five dead peers do not save one another, nor harm the five living', async () => {
    const { url, port, wss, beat } = await start();
    const living: Client[] = [];
    for (let i = 0; i < 5; i++) {
      await rawConnect(port);
      living.push(await connect(url));
    }
    await beat(INTERVAL, ...living);
    await beat(INTERVAL, ...living);
    const left = open(wss);
    if (left > 5)
      fail(`One sweep left ${left - 5} of 5 dead connections standing. Does the sweep end at the first dead one?`);
    if (left < 5) fail(`One sweep cut off ${5 - left} of 5 living connections.`);
    expect(
      living.map((client) => client.pings),
      'Wrong number of pings to the five living after two intervals.',
    ).toEqual([2, 2, 2, 2, 2]);
  });
  check('who joins later is treated the same', async () => {
    const { url, port, wss, beat } = await start();
    const first = await connect(url);
    await beat(INTERVAL, first);
    await rawConnect(port);
    await beat(INTERVAL, first);
    if (open(wss) !== 2) fail('A client that joined between two sweeps was cut off at its first one, before any ping.');
    await beat(INTERVAL, first);
    if (open(wss) !== 1) fail('A silent client that joined later is still connected after two sweeps.');
  });
  check('who only listens stays, too', async () => {
    const { url, wss, clock } = await start();
    const client = await connect(url); // sends no message at all: only its pongs say that it lives
    const [socket] = wss.clients;
    for (let i = 1; i <= 3; i++) {
      const pong = new Promise<void>((resolve) => socket.once('pong', () => resolve()).once('close', () => resolve()));
      clock.advance(INTERVAL);
      await within(pong, 'the pong, on the server', () => client.story());
      if (open(wss) !== 1)
        fail(
          `A client that sends no messages, and answers every ping, was cut off after ${i} intervals. Its answer is the event 'pong'.`,
        );
    }
  });
  check('a sweep that comes late cuts off nobody', async () => {
    const { url, wss, clock, beat } = await start();
    const client = await connect(url);
    for (let i = 1; i <= 3; i++) {
      vi.setSystemTime(Date.now() + 5); // a real timer is always some milliseconds late
      clock.advance(INTERVAL);
      if (open(wss) !== 1)
        fail(
          'A client that answered the last ping was cut off because the timer came 5 milliseconds late. Ask whether it has answered, and not whether that was an interval ago to the millisecond.',
        );
      await beat(0, client);
    }
  });
  check('when one leaves, the others keep their heartbeat, and nothing of it is left', async () => {
    const { url, port, wss, clock, beat } = await start();
    const leaving = [await connect(url), await connect(url)];
    const sockets = [...wss.clients];
    const staying = await connect(url);
    await beat(INTERVAL, ...leaving, staying);
    const gone = sockets.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
    for (const client of leaving) client.socket.close();
    await within(
      Promise.all(gone),
      "the event 'close' of two clients that say goodbye",
      () => `${open(wss)} are open.`,
    );
    let touched = 0;
    for (const socket of sockets) socket.ping = socket.terminate = () => void touched++;
    await rawConnect(port);
    await beat(INTERVAL, staying);
    expect(
      staying.pings,
      'Wrong number of pings to a client that stays, after two intervals: another one has left between them.',
    ).toBe(2);
    await beat(INTERVAL, staying);
    if (open(wss) !== 1) fail('After other clients had left, a silent one was found no more.');
    if (touched > 0)
      fail(
        'A client that has left is still pinged, or terminated, at each interval: whatever holds it grows with every visitor.',
      );
    if (clock.timers() > 1)
      fail(
        `One client is left, and ${clock.timers()} timers run. The timers of those that have left must end with them.`,
      );
  });
  check('after everybody has left, the next one is treated the same', async () => {
    const { url, port, wss, beat } = await start();
    const client = await connect(url);
    const gone = new Promise<void>((resolve) => [...wss.clients][0].once('close', () => resolve()));
    client.socket.close();
    await within(gone, "the event 'close' of the only client", () => client.story());
    await beat(INTERVAL);
    await rawConnect(port);
    await beat(INTERVAL);
    if (open(wss) !== 1) fail('A client that came after all the others had left was cut off at its first sweep.');
    await beat(INTERVAL);
    if (open(wss) !== 0)
      fail(
        'A silent client that came after all the others had left is still connected after two sweeps. Does the timer end with the last client, and not with the server?',
      );
  });
  check('no timer outlives a server that nobody came to', async () => {
    const { clock, close } = await start();
    clock.advance(INTERVAL);
    await close();
    expect(clock.timers(), 'Wrong number of timers still running after a server without clients has closed.').toBe(0);
  });
  check('no timer outlives the server', async () => {
    const { url, clock, beat, close } = await start();
    const client = await connect(url);
    await beat(INTERVAL, client);
    expect(client.pings, 'Wrong number of pings after one interval.').toBe(1);
    await close();
    expect(clock.timers(), 'Wrong number of timers still running after the server has closed.').toBe(0);
  });
});
