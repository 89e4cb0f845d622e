import { once } from 'node:events';
import { get } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { vi } from 'vitest';
import { WebSocket } from 'ws';
import { exercise, expect, fail, fakeClock, load, onCleanUp, within } from '#kit';
import { readEnvelope } from '#day5/given/envelope.ts';
import { whenClosed } from '#day5/given/waiting.ts';
import { openNode, ScriptedBus, type Person } from './helpers/subject.ts';
import { forLater, settle } from './helpers/settle.ts';

exercise('5.7 shutdown', (check) => {
  const begin = async (names = ['Ann', 'Bob', 'Cleo', 'Dan', 'Eve'], room: string | undefined = 'lobby') => {
    const { shutdown } = await load(() => import('#day5/shutdown.ts'), 'shutdown');
    const opened = await openNode([]);
    const persons: Person[] = [];
    for (const name of names) persons.push(await opened.come(name, room));
    const clock = fakeClock();
    const { clients } = opened.node.app.wss;
    let isOver = false;
    onCleanUp(() => void (isOver = true));
    /** Lets time pass, one ms after the other: a pause may be a chain of short ones, and each of them begins after the one before. */
    const pass = async (ms: number) => {
      for (let i = 0; i < ms && !isOver; i++) {
        clock.advance(1);
        await turn();
      }
      await settle();
    };
    /** A chain of short pauses may take a little longer. Returns how many ms it took until no more than `count` people had not been told. */
    const notTold = async (count: number) => {
      let ms = 0;
      const isSo = () => [...clients].filter((socket) => socket.readyState === WebSocket.OPEN).length <= count;
      for (; ms < 50 && !isSo(); ms++) await pass(1);
      return ms;
    };
    /** Resolves with `done`. Code that looks every few ms whether everyone is gone gets the time for one more look. */
    const over = async (done: Promise<unknown>) => {
      let isDone = false;
      const note = () => void (isDone = true);
      done.then(note, note);
      await whenClosed(clients);
      for (let ms = 0; ms < 200 && !isDone && !isOver; ms++) await pass(1);
      return done;
    };
    return { ...opened, shutdown, persons, clock, pass, notTold, over };
  };
  type Opened = Awaited<ReturnType<typeof begin>>;
  const isOpen = ({ client }: Person) => client.socket.readyState === WebSocket.OPEN;
  /** Resolves with the close code. @param what whose connection, in words; @param why shown if it stays open */
  const goodbye = async ({ client }: Person, what: string, why = 'Its connection is still open.') => {
    const { socket } = client;
    if (socket.readyState !== WebSocket.CLOSED) await within(once(socket, 'close'), what, () => why);
    return client.closedWith!.code;
  };
  const ended = (done: Promise<unknown>, { node, over }: Opened, when: string) =>
    within(over(done), `the end of shutdown()${when}`, () => left(node.app.wss.clients.size));
  const left = (count: number): string => (count === 1 ? 'One connection is open.' : `${count} connections are open.`);
  /** How many are still open. An answer from each of them proves that no close frame is on its way. */
  const open = async (persons: Person[]) => {
    for (const person of persons.filter(isOpen)) await person.heard().catch(() => {});
    return persons.filter(isOpen).length;
  };
  /** How many `left` messages were published. */
  const lefts = ({ published }: ScriptedBus) =>
    published.filter(({ text }) => readEnvelope(text).message.type === 'left').length;
  const health = (port: number) =>
    new Promise<number | undefined>((resolve) => {
      get(
        { port, host: '127.0.0.1', path: '/healthz', agent: false },
        (response) => (response.resume(), resolve(response.statusCode)),
      ).on('error', () => resolve(undefined));
    });

  check('closes everyone with 1012, and then ends the node', async () => {
    const all = await begin(['Ann', 'Bob']);
    const { node, bus, shutdown, persons, clock } = all;
    const done = forLater(shutdown(node, { pauseMs: 0 }));
    for (const person of persons)
      expect(
        await goodbye(
          person,
          'the close frame for two people, who are both in the first batch',
          'Close the first batch at once, with socket.close(1012, …), and pause after it. wss.close() and server.close() close no connection.',
        ),
        'Wrong close code. 1012 means that the service restarts, so connecting again makes sense; terminate() gives 1006, which looks like a crash.',
      ).toBe(1012);
    await settle();
    clock.advance(0);
    await ended(done, all, ', although everyone is gone');
    clock.advance(0);
    if (clock.timers() > 0)
      fail(
        'shutdown() is over, and a timer is still running. Clear the timer of the deadline when all connections are closed: clearTimeout(…).',
        { hint: 2 },
      );
    expect(
      bus.closed,
      'Wrong number of times that the bus was closed. Call `await node.end()` once, at the end: it closes the bus.',
    ).toBe(1);
    expect(
      lefts(bus),
      'Two people were on this node. Wrong number of `left` messages to the other nodes. They are sent when a connection has closed, and node.end() closes the bus: await the end of all connections first.',
    ).toBe(2);
  });
  check(
    'closes batch by batch, with a random pause in between',
    async () => {
      const all = await begin();
      const { node, shutdown, persons, pass, notTold } = all;
      const done = forLater(shutdown(node, { batch: 2, pauseMs: 1000, random: () => 0.5 }));
      for (const person of persons.slice(0, 2))
        await goodbye(person, 'the close frame for the first batch (2 of 5 people)', 'Nobody waits before that batch.');
      const after = await open(persons);
      if (after === 0)
        fail(
          'There were 5 people, `batch` is 2, and all of them were closed at once. All of them would come back at once, to the other nodes: close two, pause, close the next two.',
        );
      expect(after, '5 people, `batch` is 2. Wrong number of open connections after the first batch.').toBe(3);
      await pass(499);
      const early = await open(persons);
      if (early < 3)
        fail(
          `pauseMs is 1000 and random() returns 0.5, so the first pause takes 500 ms. After 499 ms, 3 should be open. ${left(early)} Await the pause, pause(random() * pauseMs).`,
        );
      await pass(1);
      await notTold(1);
      for (const person of persons.slice(2, 4))
        await goodbye(
          person,
          'the close frame for the second batch, 500 ms later (pauseMs is 1000, random() returns 0.5)',
          `After that time ${persons.filter(isOpen).length} of 5 connections are open. The pause is random() * pauseMs.`,
        );
      expect(await open(persons), 'Wrong number of open connections after the second batch of 2.').toBe(1);
      await pass(500);
      await notTold(0);
      await goodbye(persons[4], 'the close frame for the last of 5 people, after a second pause of 500 ms');
      await pass(500);
      await ended(done, all, ', although everyone is gone');
    },
    { hint: 2 },
  );
  check('not ready from the first moment: the balancer and new clients are turned away', async () => {
    const all = await begin(['Ann', 'Bob']);
    const { node, port, shutdown, persons, pass } = all;
    const done = forLater(shutdown(node, { batch: 1, pauseMs: 1000, random: () => 0.5 }));
    expect(
      node.isStopping,
      'Wrong `isStopping` right after shutdown() was called. Set it to true before anything else.',
    ).toBe(true);
    await goodbye(persons[0], 'the close frame for the first of two people');
    expect(
      await health(port),
      'One of two people is gone, the shutdown goes on, and GET /healthz gave a wrong status. It should be 503, so the server has to go on listening: node.end() frees the port.',
    ).toBe(503);
    const late = new WebSocket(`ws://127.0.0.1:${port}`, ['chat']);
    const refusal = await within(
      new Promise<number | undefined>((resolve) => {
        late.on('unexpected-response', (_, { statusCode }) => resolve(statusCode));
        late.on('open', () => resolve(101));
        late.on('error', () => resolve(undefined));
      }),
      'an answer to a handshake during the shutdown',
      () => 'None came.',
    );
    late.on('error', () => {});
    late.terminate();
    expect(refusal, 'Somebody connected during the shutdown. Wrong status of the answer.').toBe(503);
    await pass(1000);
    await goodbye(persons[1], 'the close frame for the second of two people, after the pause');
    await pass(1000);
    await ended(done, all, ', although everyone is gone');
  });
  check(
    'asks for a new random number before each pause',
    async () => {
      const all = await begin(['Ann', 'Bob', 'Cleo']);
      const { node, shutdown, persons, pass, notTold } = all;
      const numbers = [0.1, 0.9];
      const done = forLater(shutdown(node, { batch: 1, pauseMs: 1000, random: () => numbers.shift() ?? 0 }));
      await goodbye(persons[0], 'the close frame for the first of three people');
      await pass(100);
      await notTold(1);
      await goodbye(
        persons[1],
        'the close frame for the second person after a pause of 100 ms (pauseMs is 1000, random() returned 0.1)',
        'Call random() once for each pause.',
      );
      await pass(899);
      if ((await open(persons)) === 0)
        fail(
          'random() returned 0.1 and then 0.9, and pauseMs is 1000. The third person was closed before the second pause of 900 ms was over. Call random() for each pause.',
        );
      await pass(1);
      await notTold(0);
      await goodbye(
        persons[2],
        'the close frame for the third person after a pause of 900 ms (random() returned 0.9)',
        'Call random() once for each pause.',
      );
      await pass(1000);
      await ended(done, all, ', although everyone is gone');
    },
    { hint: 2 },
  );
  check('terminates at the deadline who does not answer, and not before', async () => {
    const all = await begin(['Ann', 'Bob']);
    const { node, bus, shutdown, persons, pass, over } = all;
    const [ann, bob] = persons;
    bob.client.socket.pause(); // it reads nothing more, so it answers no close frame. ws itself gives up after LIMITS.closing, 5,000 ms
    let isDone = false;
    const done = forLater(
      shutdown(node, { pauseMs: 100, deadlineMs: 4000, random: () => 1 }).then(() => (isDone = true)),
    );
    await goodbye(ann, 'the close frame for Ann');
    await pass(3999);
    if (isDone || bus.closed)
      fail(
        'Bob does not answer his close frame, and deadlineMs is 4000. shutdown() was over before that, although his connection was still open: wait until all connections are closed.',
      );
    expect(
      node.app.wss.clients.size,
      'Bob does not answer his close frame, and deadlineMs is 4000. Wrong number of connections 1 ms before that: give him all of his time.',
    ).toBe(1);
    await pass(1);
    await within(
      over(done),
      'the end of shutdown() at the deadline, 4000 ms after it began',
      () =>
        `${left(node.app.wss.clients.size)} Its client does not answer the close frame. At the deadline, terminate() cuts it without an answer. Is the time deadlineMs?`,
    );
    expect(
      lefts(bus),
      'Two people were on this node, and one of them was cut off at the deadline. Wrong number of `left` messages to the other nodes. Also after terminate(), wait until the connections are closed: node.end() closes the bus.',
    ).toBe(2);
    await pass(100); // the pause after the last batch may still be going on
    bob.client.socket.terminate();
  });
  check('the deadline is for everyone, from the beginning, told or not', async () => {
    const all = await begin(['Ann', 'Bob', 'Cleo']);
    const { node, bus, shutdown, persons, clock, pass, notTold, over } = all;
    const [ann, bob] = persons;
    ann.client.socket.pause();
    const done = forLater(shutdown(node, { batch: 1, pauseMs: 1000, deadlineMs: 1500, random: () => 1 }));
    await pass(1000);
    const extra = await notTold(1);
    await goodbye(
      bob,
      'the close frame for Bob, 1000 ms after Ann got hers',
      'Ann does not answer. The pause begins right after a batch was closed, not when it has answered.',
    );
    while (node.app.wss.clients.size > 2) await turn(); // Bob's own end of the connection may be ahead of the server's
    await pass(499 - extra);
    expect(
      node.app.wss.clients.size,
      'deadlineMs is 1500. Ann does not answer, and Cleo has not been told yet. Wrong number of connections 1 ms before the deadline.',
    ).toBe(2);
    await pass(1);
    await within(over(done), 'the end of shutdown() at the deadline of 1500 ms, between two batches', () =>
      node.app.wss.clients.size > 0
        ? `${left(node.app.wss.clients.size)} There is one deadline: it counts from the beginning, and at that time every connection is terminated.`
        : 'All connections are closed, but a pause is still going on. Let it race against the end of all connections: Promise.race([closed, pause(…)]).',
    );
    expect(
      lefts(bus),
      'Three people were on this node, and two of them were cut off at the deadline. Wrong number of `left` messages to the other nodes: wait until their connections are closed.',
    ).toBe(3);
    clock.advance(1000);
    ann.client.socket.terminate();
  });
  check(
    'resolves when the node has ended',
    async () => {
      const { node, bus, shutdown } = await begin([]);
      const close = bus.close.bind(bus);
      let letGo = () => {};
      bus.close = () => new Promise((resolve) => (letGo = () => resolve(close())));
      let isDone = false;
      const done = forLater(shutdown(node).then(() => (isDone = true)));
      await settle();
      const isEarly = isDone;
      letGo();
      await done;
      if (isEarly)
        fail(
          'shutdown() has resolved before node.end() has. The caller ends the process then, and cuts off what is still on its way: await node.end().',
        );
    },
    { hint: 2 },
  );
  check('nobody is connected: ends at once, and leaves no timer', async () => {
    const all = await begin([]);
    await ended(all.shutdown(all.node), all, ', with nobody connected');
    expect(all.bus.closed, 'Nobody was connected. Wrong number of times that the bus was closed.').toBe(1);
  });
  check(
    'without options: 50 at once, pauses of up to 200 ms',
    async () => {
      const names = Array.from({ length: 51 }, (_, i) => `Guest ${i}`);
      const all = await begin(names, undefined);
      const { node, shutdown, persons, pass, notTold } = all;
      const random = vi.spyOn(Math, 'random').mockReturnValue(1);
      onCleanUp(() => random.mockRestore());
      const done = forLater(shutdown(node));
      for (const person of persons.slice(0, 50))
        await goodbye(person, 'the close frame for 50 of 51 people, without options', 'A batch is 50 by default.');
      expect(
        await open(persons),
        'shutdown(node) was called without options, with 51 people. Wrong number of open connections after the first batch, which is 50 by default.',
      ).toBe(1);
      await pass(199);
      expect(
        await open(persons),
        'shutdown(node) was called without options, and Math.random() returned 1. pauseMs is 200 by default, so the pause takes 200 ms. Wrong number of open connections after 199 ms.',
      ).toBe(1);
      await pass(1);
      await notTold(0);
      await goodbye(
        persons[50],
        'the close frame for the last of 51 people, without options, after 200 ms',
        'pauseMs is 200 by default, and Math.random() returned 1.',
      );
      await pass(200);
      await ended(done, all, ', although everyone is gone');
    },
    { hint: 2 },
  );
  check('without a deadline in the options: 10 seconds', async () => {
    const all = await begin(['Ann', 'Bob']);
    const { node, shutdown, persons, clock, pass } = all;
    const done = forLater(shutdown(node, { batch: 1, pauseMs: 60_000, random: () => 1 }));
    await goodbye(persons[0], 'the close frame for the first of two people');
    await pass(9999);
    expect(
      await open(persons),
      'deadlineMs is 10,000 by default. Bob is in the second batch, after a pause of a minute. Wrong number of open connections after 9,999 ms.',
    ).toBe(1);
    await pass(1);
    await ended(done, all, ' after 10,000 ms, the deadline by default');
    clock.advance(60_000);
  });
});
