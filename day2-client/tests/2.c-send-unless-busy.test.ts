import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { connect, exercise, expect, fail, fakeClock, load, serve, show, thrownBy } from '#kit';
import { FakeSocket } from './helpers/clients.ts';

exercise('2.c sendUnlessBusy', (check) => {
  const loadIt = () => load(() => import('#day2/bonus/backpressure.ts'), 'sendUnlessBusy');
  async function start() {
    const { sendUnlessBusy } = await loadIt();
    const { url } = await serve((wss) =>
      wss.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data)))),
    );
    const client = await connect(url);
    return { sendUnlessBusy, client, socket: client.socket as unknown as Parameters<typeof sendUnlessBusy>[0] };
  }

  check('sends and returns true while nothing is waiting', async () => {
    const { sendUnlessBusy, client, socket } = await start();
    expect(
      sendUnlessBusy(socket, 'one', 0),
      'bufferedAmount is 0, and the limit is 0. As many bytes as the limit are still fine. Wrong result.',
    ).toBe(true);
    expect(
      (await client.fence()).map(({ text }) => text),
      'sendUnlessBusy(socket, "one", 0) returned true. The server sends everything back. Wrong messages from it.',
    ).toEqual(['one']);
  });
  check(
    'returns false and sends nothing while too much is waiting',
    async () => {
      const clock = fakeClock();
      const { sendUnlessBusy, client, socket } = await start();
      const tcp = (client.socket as WebSocket & { _socket: Duplex })._socket;
      tcp.cork(); // from now on the network takes nothing
      client.send('x'.repeat(1_000));
      const waiting = client.socket.bufferedAmount;
      expect(
        sendUnlessBusy(socket, 'too much', waiting - 1),
        `bufferedAmount is ${waiting}, and the limit is ${waiting - 1}. Wrong result.`,
      ).toBe(false);
      expect(
        client.socket.bufferedAmount,
        'sendUnlessBusy() returned false. Wrong number of bytes waiting: it should not send the text.',
      ).toBe(waiting);
      expect(
        clock.timers(),
        'sendUnlessBusy() returned false. Wrong number of timers running. Do not try again later: by then the text is out of date.',
      ).toBe(0);
      expect(
        sendUnlessBusy(socket, 'just right', waiting),
        `bufferedAmount is ${waiting}, and the limit is ${waiting}. As many bytes as the limit are still fine. Wrong result.`,
      ).toBe(true);

      tcp.uncork();
      expect(
        (await client.fence()).map(({ text }) => text.slice(0, 10)),
        'One text was refused and one was sent. The server sends everything back. Wrong messages from it.',
      ).toEqual(['xxxxxxxxxx', 'just right']);
    },
    { hint: 2 },
  );
  for (const [state, readyState] of [
    ['CONNECTING', 0],
    ['CLOSING', 2],
    ['CLOSED', 3],
  ] as const) {
    check(`returns false on a socket that is ${state}`, async () => {
      const { sendUnlessBusy } = await loadIt();
      const socket = new FakeSocket(readyState);
      let result: unknown;
      const thrown = thrownBy(() => (result = sendUnlessBusy(socket, 'too early, or too late', 1_000)));
      if (thrown !== undefined)
        fail(
          `The socket is ${state}, and sendUnlessBusy() threw ${thrown instanceof Error ? thrown.message : show(thrown)}. It should return false.`,
        );
      expect(
        [result, socket.calls.length],
        `The socket is ${state}: its send() ${readyState ? 'silently discards the text' : 'throws'} then. Wrong result of sendUnlessBusy(), or number of calls of send().`,
      ).toEqual([false, 0]);
    });
  }
});
