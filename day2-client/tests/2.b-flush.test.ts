import { exercise, expect, fail, load } from '#kit';
import type { Message } from '#day2/given/base-client.ts';

exercise('2.b SendQueue.flush', (check) => {
  /** A queue of three messages, a, b and c, on a client that sends `takes` messages and then none. */
  async function queue(takes: number) {
    const { SendQueue } = await load(() => import('#day2/bonus/queue.ts'), 'SendQueue');
    const sent: string[] = [];
    const state = { takes: 0 };
    let refused = 0;
    const send = (message: Message | undefined): boolean => {
      if (!message)
        return fail(
          'flush() called client.send(undefined), because the queue was already empty. Look at its length first.',
        );
      if (sent.length < state.takes) return sent.push(message.type) > 0;
      return ++refused < 100
        ? false
        : fail(
            'flush() called client.send a hundred times, and it always returned false. That would never end: stop at the first false.',
          );
    };
    const all = new SendQueue({ send }, 5);
    for (const type of ['a', 'b', 'c']) all.send({ type });
    state.takes = takes;
    return { all, sent, state };
  }

  check('sends everything, the oldest first', async () => {
    const { all, sent } = await queue(9);
    expect(all.flush(), 'Three messages were queued, and the connection is open. Wrong result of flush().').toBe(3);
    expect(
      [sent, all.queued.length],
      'flush() was called with a, b and c in the queue. Wrong messages sent, or number left in the queue.',
    ).toEqual([['a', 'b', 'c'], 0]);
    expect(
      all.send({ type: 'd' }),
      'The queue is empty and the connection is open. Wrong result of the next send().',
    ).toBe('sent');
  });
  check('keeps the rest, in order, if the connection drops', async () => {
    const { all, sent, state } = await queue(1);
    expect(
      all.flush(),
      'Three messages were queued. The connection took one, and dropped. Wrong result of flush().',
    ).toBe(1);
    expect(
      [sent, all.queued.map(({ type }) => type)],
      'The queue held a, b and c. The connection took one, and dropped. Wrong messages sent, or left in the queue. Remove a message only after it was sent.',
    ).toEqual([['a'], ['b', 'c']]);

    state.takes = 9;
    all.flush();
    expect(
      [sent, all.queued.length],
      'flush() was called again on a new connection. Wrong messages sent in total, or number left in the queue.',
    ).toEqual([['a', 'b', 'c'], 0]);
  });
  check('sends nothing if the queue is empty', async () => {
    const { all, sent } = await queue(9);
    all.flush();
    expect(all.flush(), 'flush() was called with an empty queue. Wrong result.').toBe(0);
    expect(sent, 'flush() was called twice, with three messages in the queue. Wrong messages sent.').toEqual([
      'a',
      'b',
      'c',
    ]);
  });
  check(
    'stops at the first failure, even if the next message could be sent',
    async () => {
      const { SendQueue } = await load(() => import('#day2/bonus/queue.ts'), 'SendQueue');
      const tried: string[] = [];
      const answers = [false, true, false, true]; // the first is for the time when `a` is queued
      const all = new SendQueue({ send: ({ type }: Message) => (tried.push(type), answers.shift() ?? true) }, 5);
      for (const type of ['a', 'b', 'c']) all.send({ type });
      tried.length = 0;
      all.flush();
      expect(
        [tried, all.queued.map(({ type }) => type)],
        'client.send(a) returned true, and client.send(b) false. c must not overtake b. Wrong calls of client.send, or messages left in the queue.',
      ).toEqual([
        ['a', 'b'],
        ['b', 'c'],
      ]);
    },
    { hint: 2 },
  );
});
