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
    /** The learner's bus on a line of its own to NATS, and another, which hears what comes on one channel. */
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
        /** What has come, once as many have. */
        const atLeast = async (count: number) => {
          while (texts.length < count)
            await within(
              new Promise<void>((resolve) => (wake = resolve)),
              `the text on the channel ${show(name)}`,
              () => 'Whoever is subscribed to a channel listens on subjectOf(channel).',
            );
          return texts;
        };
        /** What has come of that which NATS has by now. */
        const now = async () => {
          await other.connection!.flush();
          return [...texts];
        };
        return { channel: `${id}${name}`, atLeast, now };
      };
      return { bus, line, listen };
    };
    /** What a promise has come to, when everything that can go on at once has gone on. */
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
        expect(await atLeast(1), 'Wrong text at another bus that is subscribed to the channel.').toEqual(['Hi']);
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
          expect(await atLeast(1), 'Wrong text on a channel with an unusual name.').toEqual([`to ${name}`]);
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
        expect(await atLeast(100), 'Wrong texts where a hundred were published in one go.').toEqual(all);
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
          'publish() resolved before NATS had the text: the flush answers for what was published before it.',
        ).toEqual(['Hi']);
      },
      { hint: 2 },
    );
    check(
      'NATS is frozen: publish() rejects, as soon as timeoutMs are over',
      async () => {
        const { bus, line } = await begin({ timeoutMs: 150 });
        line.freeze();
        const publishing = bus.publish('room', 'Hi').then(
          () => 'resolved',
          (error: unknown) => error,
        );
        const outcome = await within(
          publishing,
          'the end of publish(), on a NATS that does not answer',
          () => 'timeoutMs is 150, and it is still pending.',
        );
        if (outcome === 'resolved')
          fail(
            'publish() resolved, and NATS never had the text: its connection is frozen. The text only lies in the buffer of the connection.',
          );
        expect(outcome, 'publish() rejects, but not with a BusError.').toBeInstanceOf(BusError);
      },
      { hint: 2 },
    );
    check(
      'the bus is down: publish() rejects at once, and nothing is sent',
      async () => {
        const { bus, line, listen } = await begin({ timeoutMs: 150 });
        const { channel, now } = await listen('');
        await bus.inTime(new Promise(() => {})).catch(() => {}); // an answer that did not come; the connection stands
        expect(bus.status, 'The bus should be down, after an answer that did not come.').toBe('down');
        line.freeze(); // whoever sends something now has no answer
        const outcome = await soon(bus.publish(channel, 'too early'));
        line.freeze(false);
        if (outcome === 'pending')
          fail(
            'The bus is down, and publish() does not reject at once: it has sent something, and waits for an answer.',
          );
        if (outcome === 'resolved')
          fail('The bus is down, and publish() resolved: whoever called it believes that the text went out.');
        expect(outcome, 'publish() on a bus that is down rejects, but not with a BusError.').toBeInstanceOf(BusError);
        await bus.connection!.flush();
        expect(await now(), 'publish() rejected, since the bus is down, and the text went out all the same.').toEqual(
          [],
        );
      },
      { hint: 1 },
    );
    check(
      'a text that is larger than NATS takes: rejected, and the next one arrives',
      async () => {
        const { bus, listen } = await begin();
        const { channel, atLeast } = await listen('');
        let publishing: Promise<void> | undefined;
        const thrown = thrownBy(() => (publishing = bus.publish(channel, 'x'.repeat(2_000_000))));
        if (thrown) fail('publish() threw, where it has to give a promise that rejects: `async` does that.');
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
            'publish() resolved with a text of 2 MB. The limit of NATS is 1 MB, and connection.publish throws there.',
          );
        await bus.publish(channel, 'Hi');
        expect(await atLeast(1), 'Wrong text after one that was too large.').toEqual(['Hi']);
      },
      { hint: 2 },
    );
  },
  { needs: natsMissing },
);
