import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { connect, exercise, expect, fail, fakeClock, load, serve, show, thrownBy, without } from '#kit';
import type { Message } from '#day2/connection.ts';

exercise('2.a toBytes', (check) => {
  const bytes = Uint8Array.of(0, 127, 128, 255);
  const cases: [string, unknown, Uint8Array][] = [
    ['text', 'Zoë', Uint8Array.of(0x5a, 0x6f, 0xc3, 0xab)],
    ['an ArrayBuffer', bytes.slice().buffer, bytes],
    ['a Uint8Array', bytes, bytes],
    ['a Buffer that is a window on a larger one', Buffer.from([9, 9, ...bytes, 9]).subarray(2, 6), bytes],
    ['a DataView on the middle of a buffer', new DataView(Uint8Array.of(9, ...bytes, 9).buffer, 1, 4), bytes],
    ['a Uint16Array, which is no list of bytes', new Uint16Array(Uint8Array.of(1, 2, 3, 4).buffer), Uint8Array.of(1, 2, 3, 4)],
    ['a Blob', new Blob([bytes.subarray(0, 2), bytes.subarray(2)]), bytes],
    ['an empty text', '', new Uint8Array(0)],
    ['an empty message', new ArrayBuffer(0), new Uint8Array(0)],
  ];
  for (const [what, data, expected] of cases) {
    check(what, async () => {
      const { toBytes } = await load(() => import('#day2/bonus/binary.ts'), 'toBytes');
      let reading!: Promise<Uint8Array>;
      // A page has no Buffer. Blob's own code is Node's, and may need it.
      const thrown = data instanceof Blob ? thrownBy(() => (reading = toBytes(data))) : without(globalThis, 'Buffer', () => thrownBy(() => (reading = toBytes(data))));
      const came: unknown = thrown ?? (await Promise.resolve(reading).catch((error: unknown) => error));
      if ((came as Error | undefined)?.name === 'Todo') throw came;
      if (came instanceof TypeError && /reading '(from|isBuffer|alloc|byteLength|concat)'|instanceof/.test(came.message)) fail(`toBytes gave ${came.name}: ${came.message}, for ${what}. Buffer is Node's: a browser has none. TextEncoder and Uint8Array are in both.`);
      if (came instanceof Error) fail(`toBytes gave ${came.name}: ${came.message}, for ${what}.`);
      if (!(came instanceof Uint8Array)) return fail(`toBytes gave ${show(came)} for ${what}; a Uint8Array was expected.`);
      if (Buffer.compare(came, expected) !== 0) fail(`Wrong bytes for ${what}: ${show(came)}; expected ${show(expected)}.`);
    });
  }
  check('anything else rejects with a TypeError', async () => {
    const { toBytes } = await load(() => import('#day2/bonus/binary.ts'), 'toBytes');
    for (const data of [undefined, null, 42, {}, [1, 2]]) {
      const outcome: unknown = await toBytes(data).then((came: unknown) => came instanceof Error ? fail(`toBytes(${show(data)}) returned an Error; it is to throw it.`) : came, (error: unknown) => error);
      if ((outcome as Error | undefined)?.name === 'Todo') throw outcome;
      if (!(outcome instanceof TypeError)) fail(`toBytes(${show(data)}) gave ${outcome instanceof Error ? `${outcome.name}: ${outcome.message}` : show(outcome)}; a TypeError was expected.`);
    }
  });
});

exercise('2.b SendQueue.flush', (check) => {
  /** A queue on a client that takes `takes` messages and then no more. */
  async function queue(takes: number) {
    const { SendQueue } = await load(() => import('#day2/bonus/queue.ts'), 'SendQueue');
    const sent: string[] = [];
    const state = { takes: 0 };
    let refused = 0;
    const send = (message: Message | undefined): boolean => {
      if (!message) return fail('flush() called client.send(undefined): the queue was empty by then. Ask for its length first.');
      if (sent.length < state.takes) return sent.push(message.type) > 0;
      return ++refused < 100 ? false : fail('flush() asked for the same message a hundred times, and client.send always said false: it would never end. Stop at the first false.');
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
    expect([sent, all.queued.length], 'Flushed again on a new connection. Wrong messages sent, or left.').toEqual([['a', 'b', 'c'], 0]);
  });
  check('one fails in the middle, and the next would go: it stops all the same', async () => {
    const { SendQueue } = await load(() => import('#day2/bonus/queue.ts'), 'SendQueue');
    const tried: string[] = [];
    const answers = [false, true, false, true]; // the first while it is queued
    const all = new SendQueue({ send: ({ type }: Message) => (tried.push(type), answers.shift() ?? true) }, 5);
    for (const type of ['a', 'b', 'c']) all.send({ type });
    tried.length = 0;
    all.flush();
    expect([tried, all.queued.map(({ type }) => type)], 'The client took a, and not b. c must not overtake b: wrong messages handed to the client, or left.').toEqual([['a', 'b'], ['b', 'c']]);
  }, { hint: 2 });
  check('nothing queued, nothing sent', async () => {
    const { all, sent } = await queue(9);
    all.flush();
    expect(all.flush(), 'The queue is empty. Wrong number sent.').toBe(0);
    expect(sent, 'Flushed twice. Wrong messages sent.').toEqual(['a', 'b', 'c']);
  });
});

exercise('2.c sendUnlessBusy', (check) => {
  async function start() {
    const { sendUnlessBusy } = await load(() => import('#day2/bonus/backpressure.ts'), 'sendUnlessBusy');
    const { url } = await serve((wss) => wss.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data)))));
    const client = await connect(url);
    return { sendUnlessBusy, client, socket: client.socket as unknown as Parameters<typeof sendUnlessBusy>[0] };
  }

  for (const [state, readyState] of [['CONNECTING', 0], ['CLOSING', 2], ['CLOSED', 3]] as const) {
    check(`false on a socket that is ${state}`, async () => {
      const { sendUnlessBusy } = await load(() => import('#day2/bonus/backpressure.ts'), 'sendUnlessBusy');
      let calls = 0;
      let said: unknown;
      const thrown = thrownBy(() => (said = sendUnlessBusy({ readyState, bufferedAmount: 0, send: () => void calls++ }, 'too early, or too late', 1_000)));
      if (thrown !== undefined) fail(`The socket is ${state}, and sendUnlessBusy threw ${thrown instanceof Error ? thrown.message : show(thrown)}; false was expected.`);
      expect([said, calls], `The socket is ${state}: send ${readyState ? 'discards the message' : 'throws'} then. Wrong answer, or number of calls of send.`).toEqual([false, 0]);
    });
  }
  check('sends while little waits', async () => {
    const { sendUnlessBusy, client, socket } = await start();
    expect(sendUnlessBusy(socket, 'one', 0), 'bufferedAmount is 0, and so is the limit: equal to the limit is still fine. Wrong answer.').toBe(true);
    expect((await client.fence()).map(({ text }) => text), 'Wrong messages came back from the server.').toEqual(['one']);
  });
  check('does not while too much waits, and does again when it has left', async () => {
    const clock = fakeClock();
    const { sendUnlessBusy, client, socket } = await start();
    const tcp = (client.socket as WebSocket & { _socket: Duplex })._socket;
    tcp.cork(); // a line that takes nothing
    client.send('x'.repeat(1_000));
    const waiting = client.socket.bufferedAmount;
    expect(sendUnlessBusy(socket, 'too much', waiting - 1), `bufferedAmount is ${waiting}, the limit ${waiting - 1}. Wrong answer.`).toBe(false);
    expect(client.socket.bufferedAmount, 'It said false. Wrong number of bytes waiting: the message was to stay away.').toBe(waiting);
    expect(clock.timers(), 'It said false. Wrong number of timers running: what was refused is not sent later, it is outdated by then.').toBe(0);
    expect(sendUnlessBusy(socket, 'just right', waiting), `bufferedAmount is ${waiting}, and so is the limit: equal to the limit is still fine. Wrong answer.`).toBe(true);
    tcp.uncork();
    expect((await client.fence()).map(({ text }) => text.slice(0, 10)), 'Wrong messages came back from the server.').toEqual(['xxxxxxxxxx', 'just right']);
  });
});
