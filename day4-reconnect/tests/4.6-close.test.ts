import { exercise, expect, fail, show, thrownBy } from '#kit';
import { begin } from './helpers/subject.ts';

exercise('4.6 close', (check) => {
  const start = (options = {}) => begin(['close'], options);
  type All = Awaited<ReturnType<typeof start>>;
  const close = ({ client, states }: All, when: string): void => {
    const before = states.length;
    const thrown = thrownBy(() => client.close());
    if (thrown)
      fail(`close() threw ${thrown} while ${when}. It may be called in any state, and not every state has a socket.`, {
        hint: 2,
      });
    if (client.state.name !== 'closed')
      fail(`After close() while ${when} the state is ${show(client.state.name)}; expected 'closed'.`);
    const told = states.slice(before);
    if (told.length > 1 && told.every((name) => name === 'closed'))
      fail(`close() while ${when} reported \`closed\` ${told.length} times. A second call should do nothing.`, {
        hint: 2,
      });
    expect(
      told,
      `Wrong states reported by close() while ${when}; expected \`closed\` once and nothing else. Only \`enter\` reports a state.`,
    ).toEqual(['closed']);
  };
  /** What must be true from then on, whatever came before. */
  const staysClosed = async (
    { client, line, clock, states, pass }: All,
    when: string,
    sockets: number,
  ): Promise<void> => {
    expect(client.state.name, `Wrong state after close() while ${when}.`).toBe('closed');
    if (clock.timers() > 0)
      fail(
        `After close() while ${when}, a timer is still running. It will open a socket, or end one, although the client is closed.`,
      );
    await pass(600_000);
    expect(line.sockets.length, `A socket was made after close() while ${when}.`).toBe(sockets);
    expect(line.live(), `A socket is still open or connecting after close() while ${when}.`).toBe(0);
    expect(states.filter((name) => name === 'closed').length, '`closed` should be reported exactly once.').toBe(1);
    expect(states.at(-1), `After close() while ${when}, another state came after \`closed\`.`).toBe('closed');
  };

  check('while open: the server gets 1000, and what comes late is ignored', async () => {
    const all = await start();
    await all.join();
    close(all, 'open');
    if (all.line.last.endedWith === undefined)
      fail(
        'close() never closed the socket. Once `enter` has run, this.state no longer has the socket: keep it in a variable first.',
      );
    if (all.line.last.endedWith === 1006)
      fail('The socket was terminated. Call close(1000), so that the server learns that this was on purpose.', {
        hint: 2,
      });
    expect(all.line.last.endedWith, 'Wrong close code. Only 1000 tells the server that this was on purpose.').toBe(
      1000,
    );
    if (all.line.last.readyState === 3)
      fail('The socket was closed and then terminated at once: the close frame may never have left.', { hint: 2 });
    expect(
      all.line.last.sent.map(({ type }) => type),
      'Wrong messages to the server; expected only the join. The close frame is the goodbye. The chat has no message for it.',
    ).toEqual(['join']);
    all.line.last.chat('late.1');
    all.line.last.drop(1000);
    if (all.messages.some(({ id }) => id === 'late.1')) fail('A message was passed on after close().');
    await staysClosed(all, 'open', 1);
  });
  check('while waiting: the timer is stopped', async () => {
    const all = await start();
    await all.join();
    all.line.last.drop();
    close(all, 'waiting');
    await staysClosed(all, 'waiting', 1);
  });
  check(
    'while connecting: the socket is closed, and never reports `open`',
    async () => {
      const all = await start();
      all.client.start();
      await all.line.settle();
      close(all, 'connecting');
      expect(
        all.line.last.endedWith,
        'After close() while connecting, the handshake goes on, and the server gets a connection that nobody uses. Call close(1000) on the socket in whatever state it is.',
      ).toBe(1000);
      all.line.last.drop(1006);
      if (all.states.includes('open')) fail('The client reported `open` after close() while connecting.');
      await staysClosed(all, 'connecting', 1);
    },
    { hint: 2 },
  );
  check('while url() is pending: no socket is made', async () => {
    let answer: (address: { url: string }) => void = () => {};
    const all = await start({ url: () => new Promise((resolve) => (answer = resolve)) });
    all.client.start();
    close(all, 'url() is pending');
    answer({ url: 'ws://127.0.0.1' });
    await staysClosed(all, 'url() is pending', 0);
  });
  check('after giving up: retryNow() does not bring it back', async () => {
    const all = await start({ maxAttempts: 0 });
    await all.join();
    all.line.last.drop();
    close(all, 'it has given up');
    all.client.retryNow();
    await staysClosed(all, 'it has given up', 1);
  });
  check(
    'before the start, and several times',
    async () => {
      const all = await start();
      let more = 3;
      all.client.on('state', ({ name }) => name === 'closed' && more-- > 0 && all.client.close());
      close(all, 'idle, and again from a listener that was told `closed`');
      const thrown = thrownBy(() => all.client.close());
      if (thrown) fail(`The second close() threw ${thrown}. It should do nothing.`);
      all.client.start();
      all.client.retryNow();
      await staysClosed(all, 'idle', 0);
    },
    { hint: 2 },
  );
  for (const moment of ['open', 'down'] as const) {
    check(`from a listener that is told \`${moment}\``, async () => {
      const all = await start();
      all.client.on('state', ({ name }) => name === moment && all.client.close());
      all.client.start();
      await all.line.settle();
      if (moment === 'open') all.line.last.open();
      else all.line.last.drop();
      await staysClosed(all, `a listener is told \`${moment}\``, 1);
    });
  }
});
