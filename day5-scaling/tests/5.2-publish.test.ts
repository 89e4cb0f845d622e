import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, fakeClock, load, onCleanUp, show, within } from '#kit';

exercise('5.2 RedisBus.publish', (check) => {
  /** Not the default: that would hide a time that is written into the code. */
  const timeoutMs = 1500;
  /** A bus whose publisher does as it is told. */
  const begin = async (publish: (channel: string, text: string) => Promise<number>) => {
    const { RedisBus } = await load(() => import('#day5/redis-bus.ts'), 'RedisBus');
    const clock = fakeClock();
    const bus = new RedisBus({ url: 'redis://127.0.0.1:1', timeoutMs, pingMs: 3_600_000 });
    const calls: string[][] = [];
    let ownTextIsBack = (_id: string): void => {};
    const client = (...before: string[]) => {
      const one = {
        isReady: true,
        isOpen: false,
        publish: (...args: [string, string]) => (calls.push([...before, ...args]), publish(...args)),
        // The bus's own text, which proves that both connections work.
        subscribe: async (_channel: string, listener: typeof ownTextIsBack) => void (ownTextIsBack = listener),
        sendCommand: async ([, , id]: string[]) => ownTextIsBack(id),
      };
      return one as unknown as NonNullable<typeof bus.publisher>;
    };
    [bus.publisher, bus.subscriber] = [client(), client('on the subscriber')];
    bus.check();
    for (let i = 0; i < 5 && bus.status === 'down'; i++) await turn();
    onCleanUp(() => {
      publish = async () => 1;
      return bus.close();
    });
    const advance = (ms: number) => {
      try {
        clock.advance(ms);
      } catch (error) {
        fail(
          `The timer's function threw ${error}. Nobody can catch that, and the server would be down now: it is a promise that has to reject.`,
        );
      }
    };
    return { bus, calls, clock, advance, timers: clock.timers() };
  };
  const settled = async (promise: Promise<unknown>) => {
    let state: { is: string; error?: unknown } = { is: 'pending' };
    promise.then(
      () => (state = { is: 'resolved' }),
      (error: unknown) => (state = { is: 'rejected', error }),
    );
    for (let i = 0; i < 3; i++) await turn();
    return state;
  };
  const isBusError = (error: unknown) => {
    const { name, message } = (error ?? {}) as Error;
    expect(
      name,
      `publish() rejected with ${name ? `${name}: ${message}` : show(error)}. A BusError was expected.`,
    ).toBe('BusError');
    if (!message) fail('publish() rejected with a BusError without a message: it says why, such as this.reason.');
  };

  check('hands channel and text to the publisher, and resolves when it has answered', async () => {
    const { bus, calls, clock, timers } = await begin(async () => 1);
    await within(bus.publish('lobby', 'Hi'), 'the end of publish(), where Redis has answered', () => 'It is pending.');
    expect(calls, 'Wrong commands for one publish.').toEqual([['lobby', 'Hi']]);
    expect(clock.timers() - timers, 'A timer is left after Redis has answered: each message would leave one.').toBe(0);
  });
  check('not before Redis has answered', async () => {
    let answer: (n: number) => void = () => {};
    const { bus } = await begin(() => new Promise((resolve) => (answer = resolve)));
    const publishing = bus.publish('lobby', 'Hi');
    const { is } = await settled(publishing);
    if (is !== 'pending')
      fail(`publish() has ${is} before Redis answered: nobody knows yet whether the text went out.`);
    answer(0);
    const end = await settled(publishing);
    if (end.is !== 'resolved')
      fail(
        `publish() is ${end.is} after Redis has answered 0${end.error ? ` (${end.error})` : ''}: nobody is subscribed at the moment, and that is no failure.`,
      );
  });
  check('Redis does not answer: rejects after timeoutMs, and the bus is down', async () => {
    const { bus, calls, clock, advance, timers } = await begin(() => new Promise(() => {}));
    const heard: string[] = [];
    bus.onStatus((status) => heard.push(status));
    const publishing = bus.publish('lobby', 'Hi');
    publishing.catch(() => {});
    advance(timeoutMs - 1);
    const early = await settled(publishing);
    if (early.is !== 'pending')
      fail(`publish() has ${early.is} after ${timeoutMs - 1} ms, where timeoutMs is ${timeoutMs}.`);
    advance(1);
    const late = await settled(publishing);
    if (late.is !== 'rejected')
      fail(
        `publish() is ${late.is} after timeoutMs (${timeoutMs} ms) without an answer. A frozen Redis keeps its connections: no error and no close comes, only a timer of one's own helps, and one that is cleared when the race is over, not before: await it. (The global setTimeout: the clock of node:timers and of AbortSignal.timeout this suite cannot move.)`,
      );
    isBusError(late.error);
    expect(
      bus.status,
      'Wrong status after a publish that was not answered: this.lost(…) makes the bus say so, and the node stops sending people here.',
    ).toBe('down');
    expect(
      heard,
      'What those heard who listen for the status of the bus, after a publish that was not answered: this.lost(…) tells them.',
    ).toEqual(['down']);
    if (!bus.reason) fail('The bus is down, and its `reason` is empty: this.lost(…) takes words for the terminal.');
    bus.check();
    expect(
      bus.status,
      'Wrong status, where both connections look alive after a publish that was not answered: with this.lost(…) the bus stays down until a ping is answered.',
    ).toBe('down');
    expect(
      calls,
      'Wrong commands for one publish that was not answered: it may have gone out, and whoever tries again says it twice.',
    ).toEqual([['lobby', 'Hi']]);
    expect(clock.timers() - timers, 'A timer is left after the publish was given up.').toBe(0);
  });
  check('an answer that comes after that does no harm', async () => {
    let refuse: (error: Error) => void = () => {};
    const { bus, advance } = await begin(() => new Promise((_, reject) => (refuse = reject)));
    const publishing = bus.publish('lobby', 'Hi');
    publishing.catch(() => {});
    advance(timeoutMs);
    await settled(publishing);
    refuse(new Error('The connection is gone, a second too late.'));
    await turn();
  });
  check('down: rejects at once, and Redis is not asked', async () => {
    const { bus, calls, clock, timers } = await begin(async () => 1);
    bus.lost('for this check');
    const { is, error } = await settled(bus.publish('lobby', 'Hi'));
    if (is !== 'rejected')
      fail(
        `publish() is ${is} although the bus is down: its caller ${is === 'resolved' ? 'believes that the others have heard it' : 'has to hear of that at once'}.`,
      );
    isBusError(error);
    expect(
      calls,
      'Redis was asked although the bus is down: what waits in a frozen connection is delivered minutes later.',
    ).toEqual([]);
    expect(clock.timers() - timers, 'A timer is left.').toBe(0);
  });
  check("Redis's own error is passed on", async () => {
    const { bus, calls, clock, timers } = await begin(async () => {
      throw new Error('OOM command not allowed');
    });
    const { is } = await settled(bus.publish('lobby', 'Hi'));
    if (is !== 'rejected') fail(`publish() has ${is} although Redis refused it: the caller has to know.`);
    expect(calls, 'Wrong commands for one publish that Redis refused.').toEqual([['lobby', 'Hi']]);
    expect(clock.timers() - timers, 'A timer is left after Redis has refused.').toBe(0);
    expect(
      bus.status,
      'The bus says down although Redis has answered, with an error of its own: this.lost() is for where no answer comes.',
    ).toBe('up');
  });
  check('several at once, each with its own time', async () => {
    const { bus, advance } = await begin(() => new Promise(() => {}));
    const first = bus.publish('lobby', '1');
    first.catch(() => {});
    advance(timeoutMs - 600);
    const second = bus.publish('lobby', '2');
    second.catch(() => {});
    advance(600);
    expect(
      (await settled(first)).is,
      'The first of two unanswered publishes, after timeoutMs: each has a timer of its own.',
    ).toBe('rejected');
    advance(timeoutMs - 600);
    expect(
      (await settled(second)).is,
      'The second of two unanswered publishes, timeoutMs after it began: each has a timer of its own.',
    ).toBe('rejected');
  });
});
