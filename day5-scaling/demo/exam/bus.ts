import { fail, show, within, type Trial } from '#kit';
import { back, openBus, openClient, openRedis, until, up } from './stage.ts';

export const BUS_TRIALS: Trial[] = [
  {
    tried: 'Three nodes connect to Redis. Their lines are cut, five times over',
    blames: '5.1',
    async run() {
      const { url } = await openRedis();
      const buses = await Promise.all([1, 2, 3].map(() => openBus(url)));
      for (const { bus } of buses) await up(bus, 'after connect()');
      for (let round = 0; round < 5; round++) {
        for (const { bus, line } of buses) {
          const down = until(bus, 'up', 'before the cut').then(() => whenDown(bus));
          line.cut(round % 2 ? undefined : 0); // both connections of the bus, or one of them
          await within(down, 'the bus being down after its line was cut', () => `It is ${bus.status}.`);
          await back(bus, 'after the line was cut');
        }
      }
      return 'Each bus came up, noticed every cut, and came back by itself.';
    },
  },
  {
    tried: '100 texts are published; then Redis falls silent, and comes back',
    blames: '5.2',
    async run() {
      const { url } = await openRedis();
      const { bus } = await openBus(url);
      await up(bus, 'after connect()');
      const heard: string[] = [];
      let wake = (): void => {};
      const ear = (await openClient(url)).duplicate();
      await ear.connect();
      await ear.subscribe('exam', (text) => void (heard.push(text), wake()));
      const until100 = new Promise<void>((resolve) => (wake = () => heard.includes('the end') && resolve()));
      const texts = [...Array.from({ length: 99 }, (_, i) => `text ${i}`), 'the end'];
      try {
        await within(
          Promise.all(texts.map((text) => bus.publish('exam', text))),
          '100 texts to be published',
          () => '',
        );
        await within(until100, 'the last of 100 texts', () => `${heard.length} arrived.`);
        if (show(heard) !== show(texts))
          fail(`100 texts were published, and ${heard.length} arrived, or in another order.`);

        const { bus: hasty, line } = await openBus(url, { timeoutMs: 200 });
        await up(hasty, 'after connect()');
        line.freeze();
        const late = await within(
          outcomeOf(hasty.publish('exam', 'into the silence')),
          'the end of publish() while Redis is silent',
          () => 'It waits for ever.',
        );
        if (late?.name !== 'BusError')
          fail(`Redis did not answer, and publish() ${told(late)}. It should reject with a BusError.`);
        if (hasty.status !== 'down') fail('Redis did not answer publish(), and the bus still claims to be up.');
        const refused = await within(
          outcomeOf(hasty.publish('exam', 'while it is down')),
          'the end of publish() while the bus is down',
          () => '',
        );
        if (refused?.name !== 'BusError')
          fail(`The bus is down, and publish() ${told(refused)}. It should reject with a BusError.`);

        line.freeze(false);
        const again = new Promise<void>((resolve) => (wake = () => heard.includes('back') && resolve()));
        // A slow machine may take longer than 200 ms once more: then it is down again, and says so.
        for (let isSent = false; !isSent; isSent = !(await outcomeOf(hasty.publish('exam', 'back'))))
          await back(hasty, 'after the silence');
        await within(again, 'a text after the silence', () => `The last one was ${show(heard.at(-1))}.`);
        if (heard.includes('while it is down')) fail('A text that was refused while the bus was down arrived later.');
      } finally {
        ear.destroy();
      }
      return 'All arrived once and in order. In the silence publish() gave up, and afterwards it worked again.';
    },
  },
];

const whenDown = (bus: Parameters<typeof until>[0]): Promise<void> => until(bus, 'down', 'after its line was cut');

const outcomeOf = (promise: Promise<unknown>): Promise<Error | undefined> =>
  promise.then(
    () => undefined,
    (error: Error) => error,
  );

const told = (outcome: Error | undefined): string => (outcome ? `rejected with ${show(String(outcome))}` : 'resolved');
