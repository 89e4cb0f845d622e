import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, serve, show, thrownBy, within } from '#kit';
import { WebSocket } from 'ws';
import { begin } from './helpers/subject.ts';

exercise('4.6 onSilence', (check) => {
  check('silent for idleTimeoutMs, twice: thrown away, and a retry is scheduled at once', async () => {
    const { client, line, join, pass } = await begin(['onSilence'], { idleTimeoutMs: 30_000 });
    await join();
    line.last.chat('a.1');
    const told: string[] = [];
    client.on('state', (state) => told.push('code' in state ? `${state.name}, ${state.code}` : state.name));
    for (const sockets of [1, 2]) {
      told.length = 0;
      const silent = line.last;
      await pass(29_999);
      expect(client.state.name, 'Wrong state 1 ms before the idle time-out.').toBe('open');
      await pass(1);
      if (silent.readyState < 2)
        fail(
          'After 30 s of silence the socket is still open: the client thinks that it is connected, and nothing will ever come.',
        );
      expect(
        client.state.name,
        'Wrong state after 30 s of silence. A dead peer never answers a goodbye: do not wait for the close event.',
      ).toBe('waiting');
      expect(
        told,
        'Wrong states told after 30 s of silence: `down` with code 1006, for no close frame came, and then `waiting`. this.ended(1006), once, does both.',
      ).toEqual(['down, 1006', 'waiting']);
      expect(
        silent.sent.map(({ type }) => type),
        "Wrong messages on the silent connection: the join, and the frame's question after half of the silence, were expected, and no goodbye.",
      ).toEqual(['join', 'join']);
      await pass(1000);
      expect(line.sockets.length, 'Wrong number of sockets after the delay: one more was expected.').toBe(sockets + 1);
      expect(line.live(), 'Wrong number of live sockets after the silence.').toBe(1);
      line.last.open();
      line.last.welcome();
      expect(line.last.sent[0], 'Wrong join after the silence: what was heard before is still known.').toEqual({
        type: 'join',
        room: 'lobby',
        after: 'a.1',
      });
    }
  });
  check('open, not in the room yet, and silent: lost all the same, and still counted', async () => {
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
        `The state is ${client.state.name} after 30 s of silence on a connection where no init came: waiting was expected.`,
      );
    expect(
      client.state.delayMs,
      'Wrong delay after two failed attempts and a connection that was silent for 30 s, with minUptimeMs 60,000: delay(2) was expected. Whether the attempts count anew is the decision of markStable.',
    ).toBe(4000);
  });
  type All = Awaited<ReturnType<typeof begin>>;
  const others: [string, (all: All) => void | Promise<void>][] = [
    ['idle', () => {}],
    ['url() is pending', ({ client }) => client.start()],
    ['connecting', ({ client, line }) => (client.start(), line.settle())],
    ['waiting', async ({ line, join }) => (await join(), line.last.drop())],
    [
      'it has given up',
      async ({ client, line, join }) => (await join(), (client.options.maxAttempts = 0), line.last.drop()),
    ],
    ['closed', async ({ client, join }) => (await join(), client.close())],
  ];
  for (const [when, reach] of others) {
    check(`while ${when}: nothing happens`, async () => {
      const all = await begin(['onSilence']);
      await reach(all);
      const { client, clock } = all;
      const [before, timers] = [client.state, clock.timers()];
      const thrown = thrownBy(() => client.onSilence());
      if (thrown) fail(`onSilence() while ${when} threw ${thrown}.`);
      if (client.state !== before)
        fail(
          `onSilence() while ${when} has led to the state ${show(client.state.name)}: only an open connection can be silent. \`offline\` may call it at any time.`,
        );
      expect(
        clock.timers(),
        `Wrong number of timers after onSilence() while ${when}: as many as before were expected.`,
      ).toBe(timers);
    });
  }
  check('who hears something stays connected', async () => {
    const { client, line, join, pass } = await begin(['onSilence'], { idleTimeoutMs: 30_000 });
    await join();
    for (let i = 0; i < 10; i++) {
      await pass(20_000);
      line.last.welcome(); // the answer to the question that the frame asks after half of the silence
    }
    expect(client.state.name, 'A connection on which something is heard every 20 s was given up.').toBe('open');
    expect(line.sockets.length, 'Wrong number of sockets.').toBe(1);
  });
  check('the late close of the silent socket changes nothing', async () => {
    const { client, line, states, join, pass } = await begin(['onSilence'], { idleTimeoutMs: 30_000 });
    await join();
    const silent = line.last;
    await pass(30_000);
    silent.drop();
    expect(
      states.filter((name) => name === 'waiting').length,
      'One silence, one retry: wrong number of times that the state became waiting.',
    ).toBe(1);
    await pass(1000);
    line.last.open();
    silent.drop();
    expect(client.state.name, 'The close of the old socket has ended the new one.').toBe('open');
  });
  check('on a real connection whose peer goes on without a word', async () => {
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
    const code = await within(gone, 'the end of the silent connection', () => 'The server sees it open still.');
    expect(code, 'The server sees the connection end, without a closing handshake.').toBe(1006);
    await line.settle();
  });
});
