import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, fakeClock, load, onCleanUp, show } from '#kit';

exercise('5.2 RedisBus.publish', (check) => {
  // Not the default, because that would hide a time that is written into the code.
  const timeoutMs = 1500;
  /** A bus with two pretended clients. `publish` is what they do with a text. */
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
          `The function that you passed to setTimeout threw ${error}. Nobody can catch that, so it would end the server. Let it call reject(…) of a promise instead.`,
          { hint: 2 },
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
  /** Waits for `work`. Returns what was rejected meanwhile, and nobody caught. */
  const uncaught = async (work: Promise<unknown>): Promise<unknown[]> => {
    const errors: unknown[] = [];
    const listeners = process.listeners('unhandledRejection');
    process.removeAllListeners('unhandledRejection');
    process.on('unhandledRejection', (error) => errors.push(error));
    await work;
    process.removeAllListeners('unhandledRejection');
    for (const listener of listeners) process.on('unhandledRejection', listener);
    return errors;
  };
  const words = (error: unknown): string =>
    error instanceof Error ? `${error.name}: ${error.message.replace(/\.$/, '')}` : show(error);
  const isBusError = (error: unknown, when: string) => {
    const { name, message } = (error ?? {}) as Error;
    if (name !== 'BusError') fail(`publish() rejected ${when} with ${words(error)}; expected a BusError.`);
    if (!message)
      fail(`publish() rejected ${when} with a BusError that has no message. Say why, for example with this.reason.`);
  };

  check('passes channel and text to the publisher, and resolves when Redis has answered', async () => {
    const { bus, calls, clock, timers } = await begin(async () => 1);
    const { is, error } = await settled(bus.publish('lobby', 'Hi'));
    if (is === 'rejected')
      fail(`Redis answered at once, and publish('lobby', 'Hi') rejected with ${words(error)}.`, { hint: 2 });
    if (is === 'pending') fail("Redis answered at once, and publish('lobby', 'Hi') is still pending.", { hint: 2 });
    if (calls.some(([first]) => first === 'on the subscriber'))
      fail('The text was published with this.subscriber. Use this.publisher: the other client is there to listen.');
    expect(
      [...calls],
      "Wrong calls of this.publisher.publish after publish('lobby', 'Hi'); expected one, with channel and text.",
    ).toEqual([['lobby', 'Hi']]);
    expect(
      clock.timers() - timers,
      'A timer is left after Redis has answered, and every message would leave one. Clear it: clearTimeout(timer).',
    ).toBe(0);
  });
  check(
    'waits for the answer of Redis',
    async () => {
      let answer: (n: number) => void = () => {};
      const { bus } = await begin(() => new Promise((resolve) => (answer = resolve)));
      const publishing = bus.publish('lobby', 'Hi');
      const { is, error } = await settled(publishing);
      if (is === 'rejected')
        fail(
          `publish() rejected before any time had passed, with ${words(error)}. Redis may take this.timeoutMs to answer. Pass a function to setTimeout, () => { … }, which runs later.`,
        );
      if (is === 'resolved')
        fail(
          'publish() has resolved before Redis answered. Nobody knows yet whether the text went out: await the answer.',
        );
      answer(0);
      const end = await settled(publishing);
      if (end.is !== 'resolved')
        fail(
          `publish() is ${end.is} after Redis has answered 0${end.error ? ` (${words(end.error)})` : ''}. 0 is not a failure: nobody is subscribed at the moment.`,
        );
    },
    { hint: 2 },
  );
  check(
    'Redis does not answer: rejects after timeoutMs, and the bus is down',
    async () => {
      const { bus, calls, clock, advance, timers } = await begin(() => new Promise(() => {}));
      const heard: string[] = [];
      bus.onStatus((status) => heard.push(status));
      const publishing = bus.publish('lobby', 'Hi');
      publishing.catch(() => {});
      advance(timeoutMs - 1);
      const early = await settled(publishing);
      if (early.is !== 'pending')
        fail(
          `this.timeoutMs is ${timeoutMs}, and publish() has ${early.is} earlier than that, without an answer from Redis. Is another time, such as 1000, written into your code?`,
        );
      advance(1);
      const state = settled(publishing);
      const errors = await uncaught(state);
      const late = await state;
      if (errors.length > 0 && late.is === 'pending')
        fail(
          `Redis never answered. After this.timeoutMs a promise of yours rejected (${words(errors[0])}), but publish() is still pending. Is there an \`await\` inside the array of Promise.race? The race starts only after it. Give Promise.race the promise itself.`,
        );
      for (const error of errors) void Promise.reject(error); // it would end a server: the kit says so
      if (late.is === 'pending') {
        if (bus.status === 'down')
          fail(
            'Redis never answered. After this.timeoutMs your code called this.lost, but publish() is still pending. Its promise must reject then, so that the caller hears of it.',
          );
        fail(
          clock.timers() === timers
            ? `Redis never answered, and ${timeoutMs} ms (this.timeoutMs) later publish() is still pending, with no timer running. A frozen Redis causes no error and no close event: only a timer of your own helps. Clear it after the race, not before: await the race. (Use the global setTimeout. The check can't move the clock of node:timers or AbortSignal.timeout.)`
            : `Redis never answered, and ${timeoutMs} ms (this.timeoutMs) later publish() is still pending, although a timer is running. Is its time this.timeoutMs?`,
        );
      }
      if (late.is === 'resolved')
        fail(
          `publish() has resolved after ${timeoutMs} ms (this.timeoutMs) without an answer from Redis. Its caller believes that the text went out: reject instead.`,
        );
      isBusError(late.error, 'after this.timeoutMs');
      if (bus.status === 'up' || heard.length === 0)
        fail(
          `Redis did not answer in time, and the bus ${bus.status === 'up' ? "still says 'up'" : "says 'down', but its listeners were not told"}. Call this.lost('…'): it changes the status and tells the node.`,
        );
      expect(
        heard,
        'Wrong changes of the status after one publish without an answer. Call this.lost once, when the timer runs out.',
      ).toEqual(['down']);
      if (!bus.reason)
        fail("this.lost was called without words. Say why in a few: they become this.reason, for example 'No answer.'");
      bus.check();
      expect(
        bus.status,
        'Wrong status of the bus after a publish without an answer, when its connections still look alive. Call this.lost: then the bus stays down until a test message has come back.',
      ).toBe('down');
      expect(
        [...calls],
        'Wrong calls of this.publisher.publish for one publish without an answer. Do not send it again: the first one may have gone out, and people would hear it twice.',
      ).toEqual([['lobby', 'Hi']]);
      expect(clock.timers() - timers, 'A timer is left after publish() has rejected.').toBe(0);
    },
    { hint: 2 },
  );
  check('the bus is down: rejects at once, and sends nothing', async () => {
    const { bus, calls, clock, timers } = await begin(async () => 1);
    bus.lost('for this check');
    const { is, error } = await settled(bus.publish('lobby', 'Hi'));
    if (is !== 'rejected')
      fail(
        `this.status is 'down', and publish() is ${is}. ${is === 'resolved' ? 'Its caller believes that the others have heard the text' : 'Its caller should hear of that at once'}: throw a BusError before anything else.`,
      );
    isBusError(error, 'while the bus was down');
    expect(
      [...calls],
      "this.status is 'down', and your code called this.publisher.publish all the same. On a frozen connection the text would wait, and go out minutes later.",
    ).toEqual([]);
    expect(clock.timers() - timers, "A timer is left after publish() while this.status is 'down'.").toBe(0);
  });
  check(
    'rejects if Redis answers with an error',
    async () => {
      const { bus, calls, clock, timers } = await begin(() => Promise.reject(new Error('READONLY a replica')));
      const { is } = await settled(bus.publish('lobby', 'Hi'));
      if (is !== 'rejected')
        fail(
          `publish() is ${is} after Redis has answered with an error. The error should reach the caller, who counts the message as unpublished.`,
        );
      expect(
        [...calls],
        'Wrong calls of this.publisher.publish for one publish that Redis refused. Do not send it again: the caller decides what to do.',
      ).toEqual([['lobby', 'Hi']]);
      expect(
        clock.timers() - timers,
        'A timer is left after Redis has refused the text. Clear it in any case: `finally` runs after a success and after an error.',
      ).toBe(0);
      expect(
        bus.status,
        'The bus is down although Redis has answered, with an error of its own. Call this.lost only if no answer comes.',
      ).toBe('up');
    },
    { hint: 2 },
  );
  check(
    'an error that comes too late does no harm',
    async () => {
      let refuse: (error: Error) => void = () => {};
      const { bus, advance } = await begin(() => new Promise((_, reject) => (refuse = reject)));
      const publishing = bus.publish('lobby', 'Hi');
      publishing.catch(() => {});
      advance(timeoutMs);
      await settled(publishing);
      refuse(new Error('The connection is gone, a second too late.'));
      await turn();
    },
    { hint: 2 },
  );
  check(
    'each of several publishes has its own time',
    async () => {
      const { bus, advance } = await begin(() => new Promise(() => {}));
      const first = bus.publish('lobby', '1');
      first.catch(() => {});
      advance(timeoutMs - 600);
      const second = bus.publish('lobby', '2');
      second.catch(() => {});
      advance(600);
      const words = 'Each publish has a timer of its own: keep it in a variable of the method, not in a field.';
      expect(
        (await settled(first)).is,
        `Two publishes began 900 ms apart, and Redis answered neither. The first one should reject after this.timeoutMs. ${words}`,
      ).toBe('rejected');
      advance(timeoutMs - 600);
      expect(
        (await settled(second)).is,
        `Two publishes began 900 ms apart, and Redis answered neither. The second one should reject this.timeoutMs after it began. ${words}`,
      ).toBe('rejected');
    },
    { hint: 2 },
  );
});
