import type { EventEmitter } from 'node:events';
import { vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { connect, exercise, fail, fakeClock, load, rawConnect, serve, show, within, type Client } from '#kit';

exercise('1.7 startHeartbeat', (check) => {
  const INTERVAL = 20_000; // not the 30 seconds of most examples

  /** A server with the learner's heartbeat and an answer to fences. */
  async function serveBeating() {
    const { startHeartbeat } = await load(() => import('#day1/heartbeat.ts'), 'startHeartbeat');
    return serve((wss) => {
      wss.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data))));
      startHeartbeat(wss, INTERVAL);
    });
  }
  /** Time passes; then each of these living clients has got its ping, and its pong has arrived. */
  async function passTime(clock: ReturnType<typeof fakeClock>, ms: number, living: Client[]): Promise<void> {
    clock.advance(ms);
    // Twice: the first round trip brings the ping, the second follows the pong.
    for (const client of [...living, ...living]) {
      await client
        .fence()
        .catch((error) =>
          fail(
            client.closedWith && !client.trouble
              ? 'The sweep ended the connection of a client that is alive, and that has answered every ping. Does a new client count as one that has answered?'
              : error.message,
            { hint: 2 },
          ),
        );
    }
  }
  /** One such server, and a clock that doesn't move until `beat` moves it. */
  async function start() {
    const clock = fakeClock();
    const served = await serveBeating();
    return { ...served, clock, beat: (ms: number, ...living: Client[]) => passTime(clock, ms, living) };
  }
  const open = (wss: WebSocketServer): number =>
    [...wss.clients].filter((socket) => socket.readyState === socket.OPEN).length;
  /** Fails unless each of these clients has got `count` pings. */
  function expectPings(clients: Client[], count: number, when: string): void {
    const got = clients.map(({ pings }) => pings);
    if (got.every((one) => one === count)) return;
    const texts = clients.flatMap(({ received }) => received).filter(({ text }) => !text.startsWith('fence'));
    const cause = texts.length
      ? ` Messages arrived instead, such as ${show(texts[0].text)}. A ping is a frame of its own, socket.ping(): the browser answers it without the page.`
      : got.every((one) => one === count * clients.length)
        ? ' Does every connection start a timer that pings all clients? One timer is enough.'
        : got.every((one) => one === 0)
          ? ' Does the sweep call ping()? Is its interval intervalMs?'
          : got.every((one) => one > count)
            ? ' Each interval, a client gets one ping, and the first one after one interval.'
            : '';
    fail(
      `${when}, ${got.length > 1 ? `the ${got.length} clients have got ${got.join(', ')} pings` : `the client has got ${got[0]} ping${got[0] === 1 ? '' : 's'}`}. Expected ${count}${got.length > 1 ? ' each' : ''}.${cause}`,
      { hint: 1 },
    );
  }

  check('pings every client once per interval', async () => {
    const { url, clock, beat } = await start();
    const clients = [await connect(url), await connect(url)];
    clock.advance(INTERVAL - 1);
    for (const client of clients) await client.fence();
    expectPings(clients, 0, 'One millisecond before the first interval is over');
    if (clock.timers() === 0)
      fail(
        'No timer is running. Start one with the global setInterval: this suite moves its clock by hand, and it cannot move the one of node:timers.',
      );
    await beat(1, ...clients);
    expectPings(clients, 1, 'After one interval');
    await beat(INTERVAL, ...clients);
    expectPings(clients, 2, 'After two intervals');
  });
  check(
    'terminates a client that never answers, at the second sweep',
    async () => {
      const { url, port, wss, beat } = await start();
      const living = await connect(url);
      const dead = await rawConnect(port);
      await beat(INTERVAL, living);
      if (open(wss) !== 2)
        fail(
          'A silent client was cut off at the first sweep. Ping it first: it has the time until the next sweep to answer.',
        );
      await beat(INTERVAL, living);
      if (open(wss) !== 1)
        fail(
          'A client got a ping at the first sweep, did not answer, and is still connected after the second. Is the last answer forgotten when the new ping is sent?',
        );
      const opcodes: number[] = [];
      for (;;) {
        await dead.endOrBytes('the end of the connection');
        if (dead.bytes.length === 0) break;
        opcodes.push((await dead.takeFrame('a frame')).opcode);
        await living.fence();
        if (opcodes.at(-1) === 8 && wss.clients.size > 1)
          fail(
            'A dead peer was sent a close frame. It will never answer that either, so the connection stays until close() gives up. terminate() ends it at once.',
          );
      }
      if (opcodes[0] !== 9)
        fail(`The first frame that the silent client got has opcode ${opcodes[0]}. Expected a ping, opcode 9.`);
    },
    { hint: 2 },
  );
  check(
    'finds five dead peers in one sweep, and keeps the five living ones',
    async () => {
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
        fail(
          `After two sweeps, ${left - 5} of 5 dead peers are still connected. Does the sweep end at the first dead one? A return in a for…of loop ends the whole function; continue goes on with the next one.`,
        );
      if (left < 5) fail(`Two sweeps cut off ${5 - left} of 5 clients that answer every ping.`);
      expectPings(living, 2, 'After two intervals, with five dead peers among them');
    },
    { hint: 2 },
  );
  check('keeps a client that answers, for as long as it likes', async () => {
    const { url, wss, beat } = await start();
    const client = await connect(url);
    for (let i = 0; i < 5; i++) {
      await beat(INTERVAL, client);
      if (open(wss) !== 1) fail(`A client that answers every ping was cut off after ${i + 1} intervals.`, { hint: 2 });
    }
  });
  check('keeps a client that only listens', async () => {
    const { url, wss, clock } = await start();
    const client = await connect(url); // sends no message at all: only its pongs show that it is alive
    const [socket] = wss.clients;
    for (let i = 1; i <= 3; i++) {
      const pong = new Promise<void>((resolve) => socket.once('pong', () => resolve()).once('close', () => resolve()));
      clock.advance(INTERVAL);
      await within(pong, 'the pong, on the server', () => client.story());
      if (open(wss) !== 1)
        fail(
          `A client that sends no messages, but answers every ping, was cut off after ${i} intervals. Its answer is the event 'pong', not 'message'.`,
        );
    }
  });
  check('treats a client that joins later in the same way', async () => {
    const { url, port, wss, beat } = await start();
    const first = await connect(url);
    await beat(INTERVAL, first);
    await rawConnect(port);
    await beat(INTERVAL, first);
    if (open(wss) !== 2)
      fail('A client joined between two sweeps, and was cut off at the next one, before it had got a ping.', {
        hint: 2,
      });
    await beat(INTERVAL, first);
    if (open(wss) !== 1)
      fail('A silent client that joined later is still connected, two sweeps after it joined.', { hint: 2 });
  });
  check('stops its timer when the server closes', async () => {
    const { url, clock, beat, close } = await start();
    const client = await connect(url);
    await beat(INTERVAL, client);
    expectPings([client], 1, 'After one interval');
    await close();
    if (clock.timers() > 0)
      fail(
        `The server has closed ('close' on wss), and ${clock.timers()} of its timers are still running. Stop them with clearInterval.`,
        { hint: 3 },
      );
  });
  check('stops its timer when a server without clients closes', async () => {
    const { clock, close } = await start();
    await close(); // before any time has passed: whatever the function starts, it has started
    if (clock.timers() > 0)
      fail(`A server that nobody connected to has closed, and ${clock.timers()} of its timers are still running.`, {
        hint: 3,
      });
  });
  check('goes on after some clients have left, and forgets those', async () => {
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
    expectPings([staying], 2, 'After two intervals, with other clients leaving between them');
    await beat(INTERVAL, staying);
    if (open(wss) !== 1) fail('After other clients had left, a silent one was not found any more.');
    if (touched > 0)
      fail(
        'A client that has left is still pinged or terminated at each sweep. Whatever holds it grows with every visitor: loop over wss.clients.',
      );
    if (clock.timers() > 1)
      fail(`One client is left, and ${clock.timers()} timers are running. The timers of clients that left must end.`);
  });
  check('goes on after everybody has left', async () => {
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
  check('adds no listeners as time passes', async () => {
    const { url, wss, beat } = await start();
    const client = await connect(url);
    const [socket] = wss.clients;
    const listeners = (emitter: EventEmitter): number =>
      emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0);
    await beat(INTERVAL, client);
    const before = [listeners(socket), listeners(wss)];
    for (let i = 0; i < 3; i++) await beat(INTERVAL, client);
    if (listeners(socket) > before[0])
      fail(
        `After three more sweeps, the socket has ${listeners(socket) - before[0]} more listeners. A listener that every sweep adds stays until the connection ends: listen once, when the client connects.`,
      );
    if (listeners(wss) > before[1])
      fail(
        `After three more sweeps, wss has ${listeners(wss) - before[1]} more listeners. A listener that every sweep adds stays for ever: listen once, at the start.`,
      );
  });
  check('gives each of two servers a heartbeat of its own', async () => {
    const clock = fakeClock();
    const [first, second] = [await serveBeating(), await serveBeating()];
    const [one, two] = [await connect(first.url), await connect(second.url)];
    await passTime(clock, INTERVAL, [one, two]);
    const got = [one.pings, two.pings];
    if (got.some((count) => count !== 1))
      fail(
        `Two servers run in one process. After one interval, the client of the first has got ${got[0]} pings, and the client of the second ${got[1]}. Expected 1 each. Is the timer kept outside of the function? Then the second call replaces it.`,
      );
    await second.close();
    await passTime(clock, INTERVAL, [one]);
    if (one.pings !== 2)
      fail('One of two servers was closed, and the other one stopped pinging. Each call needs a timer of its own.');
    await first.close();
    if (clock.timers() > 0)
      fail(
        `Two servers have closed, and ${clock.timers()} timer is still running. Each call needs a timer of its own.`,
      );
  });
  check('cuts off nobody because a sweep comes late', async () => {
    const { url, wss, clock, beat } = await start();
    const client = await connect(url);
    for (let i = 1; i <= 3; i++) {
      vi.setSystemTime(Date.now() + 5); // a real timer is always some milliseconds late
      clock.advance(INTERVAL);
      if (open(wss) !== 1)
        fail(
          'A client that answered the last ping was cut off because the timer came 5 milliseconds late. Ask whether it has answered, not how many milliseconds ago.',
        );
      await beat(0, client);
    }
  });
});
