import { exercise, expect, fail, load } from '#kit';
import type { Message } from '#day2/given/base-client.ts';

exercise('2.b SendQueue.flush', (check) => {
  /** A queue on a client that takes `takes` messages and then no more. */
  async function queue(takes: number) {
    const { SendQueue } = await load(() => import('#day2/bonus/queue.ts'), 'SendQueue');
    const sent: string[] = [];
    const state = { takes: 0 };
    let refused = 0;
    const send = (message: Message | undefined): boolean => {
      if (!message)
        return fail('flush() called client.send(undefined): the queue was empty by then. Ask for its length first.');
      if (sent.length < state.takes) return sent.push(message.type) > 0;
      return ++refused < 100
        ? false
        : fail(
            'flush() asked for the same message a hundred times, and client.send always said false: it would never end. Stop at the first false.',
          );
    };
    const all = new SendQueue({ send }, 5);
    for (const type of ['a', 'b', 'c']) all.send({ type });
    state.takes = takes;
    return { all, sent, state };
  }

  check('all of it, the oldest first', async () => {
    const { all, sent } = await queue(9);
    expect(all.flush(), 'Three messages were queued. Wrong number sent.').toBe(3);
    expect([sent, all.queued.length], 'Wrong messages sent, or left.').toEqual([['a', 'b', 'c'], 0]);
    expect(all.send({ type: 'd' }), 'The queue is empty and the connection open. Wrong outcome of send.').toBe('sent');
  });
  check('the connection drops in the middle: the rest stays, in order', async () => {
    const { all, sent, state } = await queue(1);
    expect(all.flush(), 'The connection took one message and was gone. Wrong number sent.').toBe(1);
    expect([sent, all.queued.map(({ type }) => type)], 'Wrong messages sent, or left.').toEqual([['a'], ['b', 'c']]);
    state.takes = 9;
    all.flush();
    expect([sent, all.queued.length], 'Flushed again on a new connection. Wrong messages sent, or left.').toEqual([
      ['a', 'b', 'c'],
      0,
    ]);
  });
  check(
    'one fails in the middle, and the next would go: it stops all the same',
    async () => {
      const { SendQueue } = await load(() => import('#day2/bonus/queue.ts'), 'SendQueue');
      const tried: string[] = [];
      const answers = [false, true, false, true]; // the first while it is queued
      const all = new SendQueue({ send: ({ type }: Message) => (tried.push(type), answers.shift() ?? true) }, 5);
      for (const type of ['a', 'b', 'c']) all.send({ type });
      tried.length = 0;
      all.flush();
      expect(
        [tried, all.queued.map(({ type }) => type)],
        'The client took a, and not b. c must not overtake b: wrong messages handed to the client, or left.',
      ).toEqual([
        ['a', 'b'],
        ['b', 'c'],
      ]);
    },
    { hint: 2 },
  );
  check('nothing queued, nothing sent', async () => {
    const { all, sent } = await queue(9);
    all.flush();
    expect(all.flush(), 'The queue is empty. Wrong number sent.').toBe(0);
    expect(sent, 'Flushed twice. Wrong messages sent.').toEqual(['a', 'b', 'c']);
  });
});
