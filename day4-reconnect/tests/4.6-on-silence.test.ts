import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, serve, show, thrownBy, within } from '#kit';
import { WebSocket } from 'ws';
import { begin } from './helpers/subject.ts';

exercise('4.6 onSilence', (check) => {
  check('after 30 s of silence, twice: the socket is thrown away, and a retry is planned at once', async () => {
    const { client, line, join, pass } = await begin(['onSilence'], { idleTimeoutMs: 30_000 });
    await join();
    line.last.chat('a.1');
    const told: string[] = [];
    client.on('state', (state) => told.push('code' in state ? `${state.name}, ${state.code}` : state.name));
    for (const sockets of [1, 2]) {
      told.length = 0;
      const silent = line.last;
      await pass(29_999);
      expect(client.state.name, 'Wrong state 1 ms before the idle time is over.').toBe('open');
      await pass(1);
      if (silent.readyState < 2)
        fail(
          'After 30 s of silence the socket is still open. The client believes that it is connected, and nothing will ever arrive.',
        );
      expect(
        silent.sent.map(({ type }) => type),
        "Wrong messages on the silent connection; expected the join, and the base class's question after half of the idle time. Don't send anything: nobody reads it.",
      ).toEqual(['join', 'join']);
      if (client.state.name === 'open')
        fail(
          'After 30 s of silence the state is still `open`. A dead peer never answers a close frame, so no close event comes for minutes: end the connection now.',
        );
      if (silent.endedWith !== 1006 && client.state.name === 'waiting')
        fail(
          `onSilence closed the socket itself, with code ${silent.endedWith}. Don't: \`ended\` throws the socket away, without a goodbye.`,
          { hint: 2 },
        );
      expect(client.state.name, 'Wrong state after 30 s of silence.').toBe('waiting');
      expect(
        told,
        'Wrong states reported after 30 s of silence; expected `down` with code 1006 (no close frame came), then `waiting`. One method of the base class does both.',
      ).toEqual(['down, 1006', 'waiting']);
      await pass(1000);
      expect(line.sockets.length, 'Wrong number of sockets after the delay; expected one more.').toBe(sockets + 1);
      expect(line.live(), 'Wrong number of live sockets after the silence.').toBe(1);
      line.last.open();
      line.last.welcome();
      expect(
        line.last.sent[0],
        'Wrong join after the silence. The client should still know the last id that it has seen.',
      ).toEqual({ type: 'join', room: 'lobby', after: 'a.1' });
    }
  });
  check('open and silent, before it is in the room: lost all the same, and still counted', async () => {
    const { client, line, pass } = await begin(['onSilence'], { idleTimeoutMs: 30_000, minUptimeMs: 60_000 });
    client.start();
    await line.settle();
    for (const wait of [1000, 2000]) {
      line.last.drop();
      await pass(wait);
    }
    line.last.open();
    await pass(30_000);
    if (client.state.name !== 'waiting')
      return fail(
        `The connection opened, no init came, and 30 s passed in silence. The state is ${show(client.state.name)}; expected 'waiting'. An open client can be silent before it has joined.`,
      );
    expect(
      client.state.delayMs,
      'Two attempts failed, then a connection was silent for 30 s, with minUptimeMs 60,000. Expected delay(2), 4000 ms: leave this.attempt alone. markStable decides about it.',
    ).toBe(4000);
  });
  type All = Awaited<ReturnType<typeof begin>>;
  const others: [string, (all: All) => void | Promise<void>][] = [
    ['waiting', async ({ line, join }) => (await join(), line.last.drop())],
    ['connecting', ({ client, line }) => (client.start(), line.settle())],
    ['idle', () => {}],
    ['url() is pending', ({ client }) => client.start()],
    [
      'it has given up',
      async ({ client, line, join }) => (await join(), (client.options.maxAttempts = 0), line.last.drop()),
    ],
    ['closed', async ({ client, join }) => (await join(), client.close())],
  ];
  for (const [when, reach] of others) {
    check(
      `while ${when}: nothing happens`,
      async () => {
        const all = await begin(['onSilence']);
        await reach(all);
        const { client, clock } = all;
        const [before, timers] = [client.state, clock.timers()];
        const thrown = thrownBy(() => client.onSilence());
        if (thrown) fail(`onSilence() threw ${thrown} while ${when}.`);
        if (client.state !== before)
          fail(
            `onSilence() while ${when} entered the state ${show(client.state.name)}. It should do nothing: the browser's \`offline\` event may call it in any state, and only an open connection can be lost.`,
          );
        expect(
          clock.timers(),
          `Wrong number of timers after onSilence() while ${when}; expected as many as before.`,
        ).toBe(timers);
      },
      { hint: 2 },
    );
  }
  check('a client that hears something stays connected', async () => {
    const { client, line, join, pass } = await begin(['onSilence'], { idleTimeoutMs: 30_000 });
    await join();
    for (let i = 0; i < 10; i++) {
      await pass(20_000);
      line.last.welcome(); // the answer to the question that the base class asks after half of the idle time
    }
    expect(client.state.name, 'A connection on which something arrives every 20 s was given up.').toBe('open');
    expect(line.sockets.length, 'Wrong number of sockets.').toBe(1);
  });
  check('the late close event of the silent socket changes nothing', async () => {
    const { client, line, states, join, pass } = await begin(['onSilence'], { idleTimeoutMs: 30_000 });
    await join();
    const silent = line.last;
    await pass(30_000);
    silent.drop();
    expect(
      states.filter((name) => name === 'waiting').length,
      'Wrong number of retries after one silence, and a close event that came later.',
    ).toBe(1);
    await pass(1000);
    line.last.open();
    silent.drop();
    expect(client.state.name, 'The close event of the old socket has ended the new connection.').toBe('open');
  });
  check('on a real connection whose server says nothing', async () => {
    const { url, wss } = await serve(() => {});
    const { client, line, clock } = await begin(['onSilence'], {
      url: () => ({ url }),
      WebSocket: WebSocket as never,
      idleTimeoutMs: 30_000,
    });
    const opened = new Promise<void>((resolve) => client.on('state', ({ name }) => name === 'open' && resolve()));
    client.start();
    await opened;
    while (wss.clients.size === 0) await turn();
    const [peer] = wss.clients;
    const gone = new Promise<number>((resolve) => peer.on('close', resolve));
    clock.advance(30_000);
    expect(client.state.name, 'Wrong state after 30 s of silence on a real connection.').toBe('waiting');
    const code = await within(gone, 'the end of the silent connection', () => 'For the server it is still open.');
    expect(
      code,
      "Wrong close code at the server; expected 1006, an end without a close frame. Don't close the socket: `ended` throws it away.",
    ).toBe(1006);
    await line.settle();
  });
});
