import { setImmediate as turn } from 'node:timers/promises';
import { get } from 'node:http';
import { exercise, expect, fail, fakeClock, load, within } from '#kit';
import { WebSocket } from 'ws';
import { readEnvelope } from '#day5/given/envelope.ts';
import { openNode, ScriptedBus, type Person } from './helpers/subject.ts';
import { settle } from './helpers/settle.ts';

exercise('5.7 shutdown', (check) => {
  const people = ['Ann', 'Bob', 'Cleo', 'Dan', 'Eve'];
  const begin = async (names = people) => {
    const { shutdown } = await load(() => import('#day5/shutdown.ts'), 'shutdown');
    const opened = await openNode([]);
    const persons: Person[] = [];
    for (const name of names) persons.push(await opened.come(name, 'lobby'));
    return { ...opened, shutdown, persons, clock: fakeClock() };
  };
  const isOpen = (person: Person) => person.client.socket.readyState === WebSocket.OPEN;
  const goodbye = (person: Person, what = 'the close frame of a node that shuts down') => person.client.closed(what);
  /** How many `left` went out on the bus. */
  const lefts = ({ published }: ScriptedBus) =>
    published.filter(({ text }) => readEnvelope(text).message.type === 'left').length;
  const health = (port: number) =>
    new Promise<number | undefined>((resolve) => {
      get(
        { port, host: '127.0.0.1', path: '/healthz', agent: false },
        (response) => (response.resume(), resolve(response.statusCode)),
      ).on('error', () => resolve(undefined));
    });

  check('everyone is told 1012, the others hear who has left, and the bus is closed last', async () => {
    const { node, bus, shutdown, persons, clock } = await begin(['Ann', 'Bob']);
    const done = shutdown(node, { pauseMs: 0 });
    for (const person of persons)
      expect(
        (await goodbye(person, 'the goodbye for two people at once, where `batch` is 50')).code,
        'Wrong close code: 1012 says that the service restarts, and that connecting again makes sense.',
      ).toBe(1012);
    clock.advance(0);
    await within(
      done,
      'the end of shutdown(), with everyone gone',
      () => `${node.app.wss.clients.size} connections are left.`,
    );
    clock.advance(0);
    expect(bus.closed, 'Wrong number of times that the bus was closed: node.end() does it.').toBe(1);
    expect(
      lefts(bus),
      'Wrong number of `left` on the bus from two people whose node shut down: node.end() closes the bus, so it comes when everybody is gone.',
    ).toBe(2);
  });
  check('batch by batch, with a random pause between two', async () => {
    const { node, shutdown, persons, clock } = await begin();
    const done = shutdown(node, { batch: 2, pauseMs: 1000, random: () => 0.5 });
    const open = async () => {
      for (const person of persons.filter(isOpen)) await person.heard(); // who is being closed answers no more
      return persons.filter(isOpen).length;
    };
    await Promise.all(
      persons
        .slice(0, 2)
        .map((person) => goodbye(person, 'the goodbye for the first two of five people, at once, where `batch` is 2')),
    );
    expect(
      await open(),
      'Wrong number of open connections after the first batch of 2, of 5: all at once would come back at once, to the other nodes.',
    ).toBe(3);
    clock.advance(499);
    await settle();
    expect(
      await open(),
      'Wrong number of open connections 499 ms after the first batch, where the pause is random() (0.5) times pauseMs (1000 ms).',
    ).toBe(3);
    clock.advance(1);
    await Promise.all(
      persons
        .slice(2, 4)
        .map((person) =>
          goodbye(
            person,
            'the goodbye for the next two of five people, 500 ms later: random() (0.5) times pauseMs (1000 ms)',
          ),
        ),
    );
    expect(await open(), 'Wrong number of open connections after the second batch.').toBe(1);
    clock.advance(500);
    await goodbye(persons[4], 'the goodbye for the last of five people, after a second pause');
    await settle();
    clock.advance(500);
    await within(done, 'the end of shutdown()', () => `${node.app.wss.clients.size} connections are left.`);
  });
  check('each pause is drawn anew', async () => {
    const { node, shutdown, persons, clock } = await begin(['Ann', 'Bob', 'Cleo']);
    const numbers = [0.1, 0.9];
    const done = shutdown(node, { batch: 1, pauseMs: 1000, random: () => numbers.shift() ?? 0 });
    await goodbye(persons[0]);
    clock.advance(100);
    await within(
      goodbye(persons[1]),
      'the second goodbye after a pause of 100 ms (random() was 0.1)',
      () =>
        'A pause begins with the batch in front of it, not when that has been answered: one client may never answer.',
    );
    clock.advance(899);
    await settle();
    await persons[2]
      .heard()
      .catch(() =>
        fail(
          'The third goodbye came before its pause of 900 ms was over (random() was 0.1, then 0.9): each pause is drawn anew.',
        ),
      );
    clock.advance(1);
    await within(
      goodbye(persons[2]),
      'the third goodbye after a pause of 900 ms (random() was 0.9)',
      () => 'It has not come.',
    );
    await settle();
    clock.advance(1000);
    await within(done, 'the end of shutdown()', () => `${node.app.wss.clients.size} connections are left.`);
  });
  check('unready first: the balancer and new clients are turned away, while the others are still here', async () => {
    const { node, port, shutdown, persons, clock } = await begin(['Ann', 'Bob']);
    const done = shutdown(node, { batch: 1, pauseMs: 1000, random: () => 0.5 });
    expect(node.isStopping, 'Wrong `isStopping` as soon as shutdown() was called.').toBe(true);
    await goodbye(persons[0]);
    expect(
      await health(port),
      'Wrong status of GET /healthz during the shutdown, where one of two is still here: the balancer goes by it.',
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
    expect(refusal, 'Wrong answer to a handshake during the shutdown.').toBe(503);
    clock.advance(1000);
    await goodbye(persons[1]);
    await settle();
    clock.advance(1000);
    await within(done, 'the end of shutdown()', () => `${node.app.wss.clients.size} connections are left.`);
  });
  check('who does not answer is cut off at the deadline, not before', async () => {
    const { node, bus, shutdown, persons, clock } = await begin(['Ann', 'Bob']);
    const [ann, bob] = persons;
    bob.client.socket.pause(); // it reads nothing any more, so it answers no close frame; ws itself gives up after LIMITS.closing, 5,000 ms
    let isDone = false;
    const done = shutdown(node, { pauseMs: 100, deadlineMs: 4000, random: () => 1 }).then(() => (isDone = true));
    await goodbye(ann);
    await settle();
    for (let ms = 0; ms < 3999; ms += 100) {
      clock.advance(Math.min(100, 3999 - ms));
      await settle();
    }
    if (isDone || bus.closed)
      fail('shutdown() has ended 1 ms before its deadline, although one connection is still there.');
    expect(
      node.app.wss.clients.size,
      'Wrong number of connections 1 ms before the deadline: one client has not answered yet.',
    ).toBe(1);
    clock.advance(1);
    await within(
      done,
      'the end of shutdown() at its deadline of 4000 ms, where one client answers nothing',
      () => `${node.app.wss.clients.size} connections are left: terminate() ends one without an answer.`,
    );
    expect(
      lefts(bus),
      'Wrong number of `left` on the bus from two people, one of whom was cut off: node.end() closes the bus, so it waits for their `close`, too.',
    ).toBe(2);
    bob.client.socket.terminate();
  });
  check('one deadline for all: told or not, and whoever stalls in front of them', async () => {
    const { node, bus, shutdown, persons, clock } = await begin(['Ann', 'Bob', 'Cleo']);
    const [ann, bob] = persons;
    ann.client.socket.pause();
    const done = shutdown(node, { batch: 1, pauseMs: 1000, deadlineMs: 1500, random: () => 1 });
    clock.advance(1000);
    await goodbye(
      bob,
      'the goodbye for Bob, whose pause of 1000 ms is over: Ann, who was told before him, answers nothing, and nobody waits for her',
    );
    while (node.app.wss.clients.size > 2) await turn(); // Bob's own end of the connection may be ahead of the server's
    await settle();
    clock.advance(499);
    await settle();
    expect(
      node.app.wss.clients.size,
      "Wrong number of connections 1 ms before the deadline of 1500 ms: one does not answer, and the last one's turn comes after 2000 ms.",
    ).toBe(2);
    clock.advance(1);
    await within(
      done,
      'the end of shutdown() at its deadline of 1500 ms, in the middle of the batches',
      () =>
        `${node.app.wss.clients.size} connections are left. The deadline counts from the beginning, for all connections; when the last one is gone, no pause is waited for.`,
    );
    expect(
      lefts(bus),
      'Wrong number of `left` on the bus from three people, two of whom were cut off: node.end() closes the bus, so it waits for their `close`, too.',
    ).toBe(3);
    clock.advance(1000);
    ann.client.socket.terminate();
  });
  check('resolves when the node has ended', async () => {
    const { node, bus, shutdown } = await begin([]);
    const close = bus.close.bind(bus);
    let letGo = () => {};
    bus.close = () => new Promise((resolve) => (letGo = () => resolve(close())));
    let isDone = false;
    const done = shutdown(node).then(() => (isDone = true));
    await settle();
    const isEarly = isDone;
    letGo();
    await done;
    if (isEarly)
      fail(
        'shutdown() has resolved before node.end() has: whoever ends the process then cuts off what is still on its way.',
      );
  });
  check('nobody connected: ends at once, and leaves no timer', async () => {
    const { node, bus, shutdown, clock } = await begin([]);
    await within(
      shutdown(node),
      'the end of shutdown(), with nobody connected',
      () => `${clock.timers()} timers are running.`,
    );
    expect(bus.closed, 'Wrong number of times that the bus was closed.').toBe(1);
  });
});
