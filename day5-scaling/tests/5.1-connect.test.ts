import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, fakeClock, load, onCleanUp, show, thrownBy, within } from '#kit';
import { ask } from '#tools/brokers/redis.ts';
import { RedisBus as ReferenceBus } from '#solutions/day5-scaling/redis-bus.ts';
import { lineTo, redis } from './helpers/line.ts';

exercise('5.1 RedisBus.connect', (check) => {
  // By default no ping comes to help, and a busy machine is not taken for a frozen Redis.
  const calm = { timeoutMs: 60_000, pingMs: 3_600_000 };
  /** A bus with its own line to Redis; `publish` is the solution's. */
  const begin = async (options: { timeoutMs?: number; pingMs?: number } = calm) => {
    const { RedisBus } = await load(() => import('#day5/redis-bus.ts'), 'RedisBus');
    const [calls, told, reported]: unknown[][] = [[], [], []];
    class Subject extends RedisBus {}
    Subject.prototype.publish = ReferenceBus.prototype.publish;
    const line = await lineTo(redis.url);
    const bus = new Subject({ url: line.url, ...options });
    onCleanUp(() => bus.close());
    const { check: takeNote } = bus;
    const check = (error?: unknown): void => {
      calls.push(error);
      if (error) told.push(error);
      takeNote(error);
    };
    Object.assign(bus, { check });
    const isUp = (what: string) => until(bus, 'up', what);
    /** Whether this.check got an error that a client has reported. */
    const wasTold = (): boolean => told.some((error) => reported.includes(error));
    const listen = (): void => {
      for (const client of [bus.publisher, bus.subscriber]) client?.on('error', (error) => reported.push(error));
    };
    return { bus, line, isUp, calls, wasTold, listen };
  };
  const until = (bus: ReferenceBus, status: 'up' | 'down', what: string) => {
    if (bus.status === status) return Promise.resolve();
    const came = new Promise<void>((resolve) => {
      const off = bus.onStatus((now) => {
        if (now !== status) return;
        off();
        resolve();
      });
    });
    const clients = () =>
      [bus.publisher, bus.subscriber].map((client) =>
        client ? `is ${client.isReady ? '' : 'not '}ready` : 'was never made',
      );
    return within(
      came,
      what,
      () =>
        `The publisher ${clients()[0]}, and the subscriber ${clients()[1]}. this.status is ${show(bus.status)}. Call this.check() at each \`ready\` event and this.check(error) at each \`error\` event, of both clients. It looks at this.publisher and this.subscriber, so set both before you connect.`,
    );
  };
  /** What is wrong if one of the clients was created without the settings, in words. */
  const elsewhere = ({ publisher, subscriber, settings }: ReferenceBus): string | undefined => {
    const { port } = new URL(settings.url!);
    const isElsewhere = (client: typeof publisher) =>
      client && String((client.options?.socket as { port?: number } | undefined)?.port) !== port;
    if (isElsewhere(publisher)) return 'this.publisher connects to another address. Use createClient(this.settings).';
    if (isElsewhere(subscriber))
      return 'The second client connects to another address. Use this.publisher.duplicate(), or createClient(this.settings).';
    return undefined;
  };
  const ended = (connecting: Promise<unknown>, bus: ReferenceBus, when = '') =>
    within(
      connecting.catch((error: unknown) => {
        if (error instanceof Error && error.message === 'Socket already opened')
          fail(
            'connect() was called twice on the same client. Make a second client with this.publisher.duplicate(), and call connect() on each of the two.',
          );
        throw error;
      }),
      `the end of connect()${when}`,
      () => elsewhere(bus) ?? `this.status is ${show(bus.status)}, and this.reason ${show(bus.reason)}`,
    );
  const connected = async (options: { timeoutMs?: number; pingMs?: number } = calm) => {
    const begun = await begin(options);
    await ended(begun.bus.connect(), begun.bus);
    return begun;
  };
  /** Publishes a text and waits until it comes back, to see that both clients work. */
  const hears = async (bus: ReferenceBus, what: string) => {
    let heard: () => void;
    const came = new Promise<void>((resolve) => (heard = resolve));
    const off = await within(
      bus.subscribe('check', () => heard()),
      `the acknowledgement of a subscription, ${what}`,
      () => `this.status is ${show(bus.status)}.`,
    );
    await bus.publish('check', 'Hi');
    await within(came, `a text that this bus published itself, ${what}`, () => 'It never came back.');
    await off();
  };

  /** Waits for `work`. If the learner's promise rejects meanwhile, that is the reason to show, and not the wait that failed. */
  const unlessRejected = (theirs: Promise<unknown>, work: Promise<void>): Promise<void> =>
    Promise.race([work, theirs.then(() => work)]);

  check('connects two clients, and then the bus is up', async () => {
    const { bus, line, isUp } = await connected();
    if (!bus.publisher || !bus.subscriber)
      fail(
        `connect() has resolved, but ${bus.publisher ? 'this.subscriber' : 'this.publisher'} is not set. Keep the two clients in this.publisher and this.subscriber, because the rest of the bus uses them.`,
      );
    if (line.state.accepted === 0)
      fail('connect() has resolved before any client was connected. Await connect() of both clients.', { hint: 2 });
    const problem = elsewhere(bus);
    if (problem) fail(problem);
    if (line.state.accepted === 1 && bus.publisher !== bus.subscriber)
      fail(
        'connect() has resolved, and only 1 of 2 clients is connected. Call connect() on both clients, and await both.',
        { hint: 2 },
      );
    expect(
      line.state.accepted,
      'Wrong number of connections to Redis. One client publishes, and the other one is subscribed: call connect() on both, once each.',
    ).toBe(2);
    await isUp('`up` as the status of the bus after connect()');
    await hears(bus, 'right after connect()');
  });
  check('works with the default options, too', async () => {
    const { isUp } = await connected({});
    await isUp('`up` as the status of the bus after connect()');
  });
  check(
    'keeps trying while Redis refuses the connections, and resolves when both are there',
    async () => {
      const { bus, line } = await begin();
      line.state.isRefusing = true;
      let isDone = false;
      const refused = (error: Error) =>
        fail(
          `connect() rejected (${error.message}) while Redis refused the connections. A client tries again by itself if it was created with this.settings and has an \`error\` listener.`,
        );
      const connecting = bus.connect().then(() => (isDone = true), refused);
      connecting.catch(() => {});
      await unlessRejected(
        connecting,
        line.until(() => line.state.refused >= 2, 'a second attempt to connect, while Redis refuses all of them'),
      );
      await turn();
      if (isDone)
        fail('connect() has resolved although Redis refuses every connection. Await connect() of both clients.');
      line.state.isRefusing = false;
      await ended(connecting, bus, ', once Redis accepts connections');
      await until(bus, 'up', '`up` as the status of the bus, once Redis accepts connections');
    },
    { hint: 2 },
  );
  check(
    'keeps trying while Redis refuses only the second connection',
    async () => {
      const { bus, line } = await begin();
      line.state.most = 1;
      const refused = (error: Error) =>
        fail(
          `Redis accepted the first connection and refused the second one, and connect() rejected (${error.message}). Add the listeners to both clients before you connect either of them.`,
        );
      const connecting = bus.connect().then(() => {}, refused);
      connecting.catch(() => {});
      await unlessRejected(
        connecting,
        line.until(() => line.state.refused >= 2, 'a second attempt of the client that was refused'),
      );
      line.state.most = Infinity;
      await ended(connecting, bus, ', once Redis accepts both connections');
      await until(bus, 'up', '`up` as the status of the bus, once Redis accepts both connections');
    },
    { hint: 2 },
  );
  for (const [which, name] of [
    [0, 'first'],
    [1, 'second'],
  ] as const) {
    check(
      `waits for the ${name} client, too`,
      async () => {
        const { bus, line } = await begin();
        line.state.frozen = which;
        let isDone = false;
        const connecting = bus.connect().then(() => (isDone = true));
        connecting.catch(() => {});
        await line.until(() => line.state.accepted > which, `the ${name} of two connections`);
        await ask(line.url); // by then the other client has its answer, too
        if (isDone)
          fail(
            `connect() has resolved although Redis has not answered on the ${name} of the two connections. Await connect() of both clients: Promise.all waits for both, Promise.race for one.`,
          );
        line.freeze(false);
        await ended(connecting, bus, ', once Redis answers on both connections');
      },
      { hint: 2 },
    );
  }
  for (const [which, name] of [
    [0, 'first'],
    [1, 'second'],
  ] as const) {
    check(
      `survives when the ${name} connection is cut, and comes back by itself`,
      async () => {
        const { bus, line, isUp, wasTold, listen } = await connected();
        listen();
        await isUp('`up` as the status of the bus after connect()');
        let hits = 0;
        await bus.subscribe('kept', () => hits++);
        const down = until(bus, 'down', `\`down\` as the status of the bus, after the ${name} connection was cut`);
        line.cut(which);
        await down;
        if (!wasTold())
          fail(
            `The ${name} of the two connections was cut, and this.check never got the error that the client reported. Pass it on, this.check(error): it becomes this.reason, which the terminal shows. Now that says ${show(bus.reason)}`,
          );
        await until(bus, 'up', `\`up\` as the status of the bus, after the ${name} connection was cut`);
        await hears(bus, `after the ${name} connection came back`);
        await bus.publish('kept', 'again');
        await hears(bus, 'after a text for a subscription from before the cut');
        expect(
          hits,
          'Wrong number of texts on a subscription from before the cut. The client subscribes again by itself; one more subscription gives every text twice.',
        ).toBe(1);
      },
      { hint: 2 },
    );
  }
  check('refuses what is published while Redis is away, and recovers', async () => {
    const { bus, line, isUp } = await connected();
    await isUp('`up` as the status of the bus after connect()');
    line.state.isRefusing = true;
    line.cut();
    await until(bus, 'down', '`down` as the status of the bus, while Redis is away');
    await line.until(
      () => line.state.refused >= 3 && !bus.publisher?.isReady,
      'three attempts to connect while Redis is away (each one fails with an `error` event; an error without a listener ends the attempts)',
    );
    const late = bus.publisher!.publish('check', 'late').then(
      () => 'sent',
      () => 'refused',
    );
    expect(
      await Promise.race([late, turn().then(() => 'kept')]),
      'this.publisher was given a text while Redis was away. It should refuse it: a text that is kept goes out minutes later, when nobody expects it any more. createClient(this.settings) takes care of that.',
    ).toBe('refused');
    line.state.isRefusing = false;
    await until(bus, 'up', '`up` as the status of the bus, once Redis is back');
    await hears(bus, 'after Redis came back');
  });
  check(
    'calls this.check at once at each event, and not after a timer',
    async () => {
      fakeClock(); // it never moves, so whatever waits for a timer doesn't happen
      const { bus, isUp, calls } = await connected();
      for (const name of ['publisher', 'subscriber'] as const) {
        for (const [event, args, call] of [
          ['ready', [], 'this.check()'],
          ['error', [new Error('Socket closed unexpectedly')], 'this.check(error)'],
          ['ready', [], 'this.check()'], // both clients are still connected, so the bus is up again
        ] as const) {
          calls.length = 0;
          const thrown = thrownBy(() => bus[name]!.emit(event, ...args));
          await new Promise<void>(process.nextTick); // after all microtasks
          if (thrown !== undefined || !calls.includes(args[0]))
            fail(
              `this.${name} emitted \`${event}\`, and ${call} was not called at once. Add the listener before you connect, and call this.check in the listener itself, not in a timer. A timer may be too late: an error that is passed on when the client is ready again takes the bus down for nothing.`,
            );
        }
        await isUp(`\`up\` as the status of the bus, after an error of this.${name} and its next \`ready\``);
      }
    },
    { hint: 2 },
  );
});
