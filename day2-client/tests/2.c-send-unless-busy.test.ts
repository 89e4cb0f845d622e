import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { connect, exercise, expect, fail, fakeClock, load, serve, show, thrownBy } from '#kit';

exercise('2.c sendUnlessBusy', (check) => {
  async function start() {
    const { sendUnlessBusy } = await load(() => import('#day2/bonus/backpressure.ts'), 'sendUnlessBusy');
    const { url } = await serve((wss) =>
      wss.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data)))),
    );
    const client = await connect(url);
    return { sendUnlessBusy, client, socket: client.socket as unknown as Parameters<typeof sendUnlessBusy>[0] };
  }

  for (const [state, readyState] of [
    ['CONNECTING', 0],
    ['CLOSING', 2],
    ['CLOSED', 3],
  ] as const) {
    check(`false on a socket that is ${state}`, async () => {
      const { sendUnlessBusy } = await load(() => import('#day2/bonus/backpressure.ts'), 'sendUnlessBusy');
      let calls = 0;
      let said: unknown;
      const thrown = thrownBy(
        () =>
          (said = sendUnlessBusy(
            { readyState, bufferedAmount: 0, send: () => void calls++ },
            'too early, or too late',
            1_000,
          )),
      );
      if (thrown !== undefined)
        fail(
          `The socket is ${state}, and sendUnlessBusy threw ${thrown instanceof Error ? thrown.message : show(thrown)}; false was expected.`,
        );
      expect(
        [said, calls],
        `The socket is ${state}: send ${readyState ? 'discards the message' : 'throws'} then. Wrong answer, or number of calls of send.`,
      ).toEqual([false, 0]);
    });
  }
  check('sends while little waits', async () => {
    const { sendUnlessBusy, client, socket } = await start();
    expect(
      sendUnlessBusy(socket, 'one', 0),
      'bufferedAmount is 0, and so is the limit: equal to the limit is still fine. Wrong answer.',
    ).toBe(true);
    expect(
      (await client.fence()).map(({ text }) => text),
      'Wrong messages came back from the server.',
    ).toEqual(['one']);
  });
  check('does not while too much waits, and does again when it has left', async () => {
    const clock = fakeClock();
    const { sendUnlessBusy, client, socket } = await start();
    const tcp = (client.socket as WebSocket & { _socket: Duplex })._socket;
    tcp.cork(); // a line that takes nothing
    client.send('x'.repeat(1_000));
    const waiting = client.socket.bufferedAmount;
    expect(
      sendUnlessBusy(socket, 'too much', waiting - 1),
      `bufferedAmount is ${waiting}, the limit ${waiting - 1}. Wrong answer.`,
    ).toBe(false);
    expect(
      client.socket.bufferedAmount,
      'It said false. Wrong number of bytes waiting: the message was to stay away.',
    ).toBe(waiting);
    expect(
      clock.timers(),
      'It said false. Wrong number of timers running: what was refused is not sent later, it is outdated by then.',
    ).toBe(0);
    expect(
      sendUnlessBusy(socket, 'just right', waiting),
      `bufferedAmount is ${waiting}, and so is the limit: equal to the limit is still fine. Wrong answer.`,
    ).toBe(true);
    tcp.uncork();
    expect(
      (await client.fence()).map(({ text }) => text.slice(0, 10)),
      'Wrong messages came back from the server.',
    ).toEqual(['xxxxxxxxxx', 'just right']);
  });
});
