import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, load, onCleanUp, within } from '#kit';
import { ask } from '#tools/brokers/redis.ts';
import { RedisBus as ReferenceBus } from '#solutions/day5-scaling/redis-bus.ts';
import { lineTo, redis } from './helpers/line.ts';

exercise('5.1 RedisBus.connect', (check) => {
  /** A bus on a line of its own to Redis; publish is lent. */
  const begin = async () => {
    const { RedisBus } = await load(() => import('#day5/redis-bus.ts'), 'RedisBus');
    const told: unknown[] = [];
    class Subject extends RedisBus {}
    Subject.prototype.publish = ReferenceBus.prototype.publish;
    const line = await lineTo(redis.url);
    const bus = new Subject({ url: line.url, timeoutMs: 60_000, pingMs: 3_600_000 }); // no ping comes to help, and a busy machine is not taken for a frozen Redis
    onCleanUp(() => bus.close());
    const { check: takeNote } = bus;
    const check = (error?: unknown): void => {
      if (error) told.push(error);
      takeNote(error);
    };
    Object.assign(bus, { check });
    const isUp = (what: string) => until(bus, 'up', what);
    return { bus, line, isUp, told };
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
        `The publisher ${clients()[0]}, the subscriber ${clients()[1]}; the bus says ${bus.status}. Is this.check() called at each client's \`ready\`, this.check(error) at each \`error\`? It looks at this.publisher and this.subscriber: both are set before connect().`,
    );
  };
  const connected = async () => {
    const begun = await begin();
    const { bus } = begun;
    await within(bus.connect(), 'the end of connect()', () => `The bus says ${bus.status}: ${bus.reason}`);
    return begun;
  };
  /** Asks Redis for something through one client, to see that it works. */
  const hears = async (bus: ReferenceBus, what: string) => {
    let heard: () => void;
    const came = new Promise<void>((resolve) => (heard = resolve));
    const off = await within(
      bus.subscribe('check', () => heard()),
      `the acknowledgement of a subscription, ${what}`,
      () => `The bus says ${bus.status}.`,
    );
    await bus.publish('check', 'Hi');
    await within(came, `a text that this bus published itself, ${what}`, () => 'It never came back.');
    await off();
  };

  check('two connections, and the bus is up', async () => {
    const { bus, line, isUp } = await connected();
    if (!bus.publisher || !bus.subscriber)
      fail(
        `connect() came to its end, but ${bus.publisher ? 'this.subscriber' : 'this.publisher'} is not set: the bus has nothing to work with.`,
      );
    if (line.state.accepted === 0)
      fail("connect() has resolved before one of its clients was connected: it awaits both clients' connect().");
    expect(
      line.state.accepted,
      "Wrong number of connections at Redis. One publishes, one hears: a connection that is subscribed may do nothing else in Redis's older protocol, and a flood of messages would hold up every publish.",
    ).toBe(2);
    await isUp('the bus being up after connect()');
    await hears(bus, 'right after connect()');
  });
  check('resolves when both are there, not before', async () => {
    const { bus, line } = await begin();
    line.state.isRefusing = true;
    let isDone = false;
    const refused = (error: Error) =>
      fail(
        `connect() has rejected (${error.message}) where Redis refuses the connections. With an \`error\` listener on each client, and this.settings, they try again by themselves.`,
      );
    const connecting = bus.connect().then(() => (isDone = true), refused);
    connecting.catch(() => {});
    await line.until(() => line.state.refused >= 2, 'a second attempt to connect, where Redis refuses all');
    await turn();
    if (isDone)
      fail("connect() has resolved although Redis refuses every connection: it awaits both clients' connect().");
    line.state.isRefusing = false;
    await within(
      connecting,
      'the end of connect(), once Redis accepts',
      () => `The bus says ${bus.status}: ${bus.reason}`,
    );
    await until(bus, 'up', 'the bus being up once Redis accepts');
  });
  for (const [which, name] of [
    [0, 'first'],
    [1, 'second'],
  ] as const) {
    check(`not while the ${name} of the two has no answer`, async () => {
      const { bus, line } = await begin();
      line.state.frozen = which;
      let isDone = false;
      const connecting = bus.connect().then(() => (isDone = true));
      connecting.catch(() => {});
      await line.until(() => line.state.accepted > which, `the ${name} of two connections`);
      await ask(line.url); // by then the other one has its answer, too
      if (isDone)
        fail(
          `connect() has resolved although Redis has not answered on the ${name} of its two connections: it awaits both clients' connect().`,
        );
      line.freeze(false);
      await within(
        connecting,
        'the end of connect(), once Redis answers on both connections',
        () => `The bus says ${bus.status}: ${bus.reason}`,
      );
    });
  }
  for (const [which, name] of [
    [0, 'first'],
    [1, 'second'],
  ] as const) {
    check(`the ${name} connection is cut: no crash, and it comes back by itself`, async () => {
      const { bus, line, isUp, told } = await connected();
      await isUp('the bus being up after connect()');
      let hits = 0;
      await bus.subscribe('kept', () => hits++);
      const down = until(bus, 'down', `the bus being down, when the ${name} of its two connections was cut`);
      line.cut(which);
      await down;
      if (!told.some((error) => error instanceof Error))
        fail(
          `The ${name} of the two connections was cut, and this.check heard of no error: it takes what came with \`error\`, and the terminal says then why the bus is down. It says "${bus.reason}"`,
        );
      await until(bus, 'up', `the bus being up again, after the ${name} of its two connections was cut`);
      await hears(bus, `after the ${name} connection came back`);
      await bus.publish('kept', 'again');
      await hears(bus, 'behind a text for a subscription from before the cut');
      expect(
        hits,
        'Wrong number of texts on a subscription from before the cut: the client subscribes again by itself.',
      ).toBe(1);
    });
  }
  check('Redis goes away for a while', async () => {
    const { bus, line, isUp } = await connected();
    await isUp('the bus being up after connect()');
    line.state.isRefusing = true;
    line.cut();
    await until(bus, 'down', 'the bus being down, while Redis is away');
    await line.until(
      () => line.state.refused >= 3 && !bus.publisher?.isReady,
      'three attempts to connect while Redis is away (each fails with an `error`, and one that nobody listens to ends the attempts)',
    );
    const late = bus.publisher!.publish('check', 'late').then(
      () => 'sent',
      () => 'refused',
    );
    expect(
      await Promise.race([late, turn().then(() => 'kept')]),
      'A text for the publisher while Redis is away: what is kept goes out minutes later, when nobody expects it any more. createClient(this.settings) has it refused.',
    ).toBe('refused');
    line.state.isRefusing = false;
    await until(bus, 'up', 'the bus being up once Redis is back');
    await hears(bus, 'after Redis came back');
  });
});
