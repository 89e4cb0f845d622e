import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, load, onCleanUp, show, thrownBy, within } from '#kit';
import { BusError } from '#day5/given/bus.ts';
import { NatsBus as ReferenceBus } from '#solutions/day5-scaling/bonus/nats-bus.ts';
import { natsForTests, natsMissing } from '#tools/brokers/nats.ts';
import { lineTo } from './helpers/line-to.ts';

exercise(
  '5.c NatsBus.publish',
  (check) => {
    /** The learner's bus with its own line to NATS, and another bus that listens on one channel. */
    const begin = async ({ timeoutMs = 5000 } = {}) => {
      const { NatsBus } = await load(() => import('#day5/bonus/nats-bus.ts'), 'NatsBus');
      const { url } = await natsForTests();
      const line = await lineTo(url);
      const bus = new NatsBus({ url: line.url, timeoutMs, pingMs: 3_600_000 }); // no ping comes to help
      const other = new ReferenceBus({ url });
      onCleanUp(async () => {
        line.freeze(false);
        await Promise.all([bus.close(), other.close()]);
      });
      for (const one of [bus, other]) await within(one.connect(), 'a connection to NATS', () => String(one.reason));
      const id = randomUUID();
      const listen = async (name: string) => {
        const texts: string[] = [];
        let wake = (): void => {};
        await other.subscribe(`${id}${name}`, (text) => {
          texts.push(text);
          wake();
        });
        /** The texts so far, as soon as there are that many. */
        const atLeast = async (count: number) => {
          while (texts.length < count)
            await within(
              new Promise<void>((resolve) => (wake = resolve)),
              `the text on the channel ${show(name)}`,
              () => 'Other nodes listen on subjectOf(channel): publish there.',
            );
          return texts;
        };
        /** The texts so far, of those that NATS has by now. */
        const now = async () => {
          await other.connection!.flush();
          return [...texts];
        };
        return { channel: `${id}${name}`, atLeast, now };
      };
      return { bus, line, listen };
    };
    /** How a promise has ended, after everything that can happen at once has happened. */
    const soon = async (promise: Promise<void>) => {
      let outcome: unknown = 'pending';
      promise.then(
        () => (outcome = 'resolved'),
        (error: unknown) => (outcome = error),
      );
      for (let i = 0; i < 5; i++) await turn();
      return outcome;
    };

    check(
      'a text reaches whoever is subscribed to the channel',
      async () => {
        const { bus, listen } = await begin();
        const { channel, atLeast } = await listen(':room:lobby');
        await bus.publish(channel, 'Hi');
        expect(
          await atLeast(1),
          'publish(channel, "Hi") was called. Wrong texts on another bus that is subscribed to the channel.',
        ).toEqual(['Hi']);
      },
      { hint: 2 },
    );
    check(
      'a channel may have any name',
      async () => {
        const { bus, listen } = await begin();
        for (const name of [' with spaces', '.*', '.>', '.', '\r\n', ' αίθουσα', '']) {
          const { channel, atLeast } = await listen(name);
          await bus.publish(channel, `to ${name}`);
          expect(
            await atLeast(1),
            `A text was published on a channel whose name ends with ${show(name)}. Wrong texts on that channel: use subjectOf(channel).`,
          ).toEqual([`to ${name}`]);
        }
      },
      { hint: 2 },
    );
    check(
      'a hundred at once arrive once each, in order',
      async () => {
        const { bus, listen } = await begin();
        const { channel, atLeast } = await listen('');
        const all = Array.from({ length: 100 }, (_, i) => `text ${i}`);
        await Promise.all(all.map((text) => bus.publish(channel, text)));
        expect(
          await atLeast(100),
          'A hundred texts were published at once. Wrong texts on the other bus: each should arrive once, in order.',
        ).toEqual(all);
      },
      { hint: 2 },
    );
    check(
      'when publish() has resolved, NATS has the text',
      async () => {
        const { bus, line, listen } = await begin();
        const { channel, now } = await listen('');
        const connection = bus.connection!;
        const flush = connection.flush.bind(connection);
        connection.flush = () => flush().then(() => line.freeze()); // nothing gets through after the first answer
        await within(bus.publish(channel, 'Hi'), 'the end of publish()', () => 'It is pending.');
        expect(
          await now(),
          'publish() resolved before NATS had the text. flush() answers for everything that was published before it: publish first, then flush.',
        ).toEqual(['Hi']);
      },
      { hint: 2 },
    );
    check(
      'NATS is frozen: publish() rejects after timeoutMs',
      async () => {
        const { bus, line } = await begin({ timeoutMs: 150 });
        line.freeze();
        const publishing = bus.publish('room', 'Hi').then(
          () => 'resolved',
          (error: unknown) => error,
        );
        const outcome = await within(
          publishing,
          'the end of publish(), while NATS does not answer',
          () => 'timeoutMs is 150, and publish() is still pending: this.inTime(promise) rejects after that time.',
        );
        if (outcome === 'resolved')
          fail(
            'publish() resolved, and NATS never had the text. The connection is frozen, and the text waits in its buffer: wait for the answer to a flush.',
          );
        expect(
          outcome,
          'NATS is frozen, and publish() rejected with something that is not a BusError: this.inTime(promise) rejects with one.',
        ).toBeInstanceOf(BusError);
      },
      { hint: 2 },
    );
    check(
      'the bus is down: publish() rejects at once, and nothing is sent',
      async () => {
        const { bus, line, listen } = await begin({ timeoutMs: 150 });
        const { channel, now } = await listen('');
        await bus.inTime(new Promise(() => {})).catch(() => {}); // an answer that did not come; the connection stands
        expect(bus.status, 'The bus should be down after an answer that did not come.').toBe('down');
        line.freeze(); // from now on, nothing is answered
        const outcome = await soon(bus.publish(channel, 'too early'));
        line.freeze(false);
        if (outcome === 'pending')
          fail(
            'The bus is down, and publish() did not reject at once. It has sent something and waits for an answer: look at this.status first.',
          );
        if (outcome === 'resolved')
          fail(
            'The bus is down, and publish() resolved. Its caller believes that the text went out: throw a BusError.',
          );
        expect(
          outcome,
          'The bus is down, and publish() rejected with something that is not a BusError.',
        ).toBeInstanceOf(BusError);
        await bus.connection!.flush();
        expect(
          await now(),
          'The bus is down, and publish() rejected, but the text went out all the same. Throw before you publish.',
        ).toEqual([]);
      },
      { hint: 1 },
    );
    check(
      'a text that is too large for NATS is rejected, and the next one arrives',
      async () => {
        const { bus, listen } = await begin();
        const { channel, atLeast } = await listen('');
        let publishing: Promise<void> | undefined;
        const thrown = thrownBy(() => (publishing = bus.publish(channel, 'x'.repeat(2_000_000))));
        if (thrown)
          fail(
            'publish() threw on a text of 2 MB. It should return a promise that rejects: an `async` method does that.',
          );
        if (
          (await within(
            publishing!.then(
              () => 'resolved',
              () => 'rejected',
            ),
            'the end of publish()',
            () => 'It is pending.',
          )) === 'resolved'
        )
          fail(
            'publish() resolved with a text of 2 MB. The limit of NATS is 1 MB, and connection.publish throws: let that error through.',
          );
        await bus.publish(channel, 'Hi');
        expect(
          await atLeast(1),
          'A text that was too large was rejected, and then "Hi" was published. Wrong texts on the other bus.',
        ).toEqual(['Hi']);
      },
      { hint: 2 },
    );
  },
  { needs: natsMissing },
);
