import { exercise, expect, fail, thrownBy } from '#kit';
import { begin } from './helpers/subject.ts';

exercise('4.5 close', (check) => {
  const start = (options = {}) => begin(['close'], options);
  type All = Awaited<ReturnType<typeof start>>;
  const close = ({ client, states }: All, when: string): void => {
    const before = states.length;
    const thrown = thrownBy(() => client.close());
    if (thrown)
      fail(`close() while ${when} threw ${thrown}. It may come in any state, and not every state has a socket.`);
    expect(client.state.name, `Wrong state after close() while ${when}.`).toBe('closed');
    expect(
      states.slice(before),
      `Wrong states told by close() while ${when}: closed is said exactly once, and nothing else. \`enter\` says it.`,
    ).toEqual(['closed']);
  };
  /** What must hold from then on, whatever came before. */
  const staysClosed = async (
    { client, line, clock, states, pass }: All,
    when: string,
    sockets: number,
  ): Promise<void> => {
    expect(client.state.name, `Wrong state after close() while ${when}.`).toBe('closed');
    if (clock.timers() > 0)
      fail(
        `close() while ${when} has left ${clock.timers()} timer running: it opens a socket, or ends one, after the end.`,
      );
    await pass(600_000);
    expect(line.sockets.length, `A socket was made after close() while ${when}.`).toBe(sockets);
    expect(line.live(), `A socket is still live after close() while ${when}.`).toBe(0);
    expect(states.filter((name) => name === 'closed').length, 'closed is said exactly once.').toBe(1);
    expect(states.at(-1), `After closed came another state, on close() while ${when}.`).toBe('closed');
  };

  check('while waiting: the timer is cancelled', async () => {
    const all = await start();
    await all.join();
    all.line.last.drop();
    close(all, 'waiting');
    await staysClosed(all, 'waiting', 1);
  });
  check('while open: the peer gets 1000, and what comes late is ignored', async () => {
    const all = await start();
    await all.join();
    close(all, 'open');
    expect(all.line.last.endedWith, 'The peer is told by code 1000 that this was meant.').toBe(1000);
    if (all.line.last.readyState === 3)
      fail('The socket was terminated at once: the close frame with its 1000 may never have left.');
    expect(
      all.line.last.sent.map(({ type }) => type),
      'Wrong messages on the wire: after the join nothing was expected. The closing handshake is the goodbye; the chat has no other.',
    ).toEqual(['join']);
    all.line.last.chat('late.1');
    all.line.last.drop(1000);
    if (all.messages.some(({ id }) => id === 'late.1')) fail('A message was passed on after close().');
    await staysClosed(all, 'open', 1);
  });
  check('while connecting: no open, no unhandled error', async () => {
    const all = await start();
    all.client.start();
    await all.line.settle();
    close(all, 'connecting');
    expect(
      all.line.last.endedWith,
      'The handshake goes on after close() while connecting: nobody has called close(1000) on the socket, and the server gets a connection that nobody uses. Close it in whatever state it is.',
    ).toBe(1000);
    all.line.last.drop(1006);
    if (all.states.includes('open')) fail('The state was open after close() while connecting.');
    await staysClosed(all, 'connecting', 1);
  });
  check('while url() is pending: no socket is built', async () => {
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
  check('before the start, and twice', async () => {
    const all = await start();
    let more = 3;
    all.client.on('state', ({ name }) => name === 'closed' && more-- > 0 && all.client.close());
    close(all, 'idle, and again by a listener that hears of it');
    const thrown = thrownBy(() => all.client.close());
    if (thrown) fail(`The second close() threw ${thrown}: twice closed is closed once.`);
    all.client.start();
    all.client.retryNow();
    await staysClosed(all, 'idle', 0);
  });
  for (const moment of ['open', 'down'] as const) {
    check(`from a listener, at the moment of \`${moment}\``, async () => {
      const all = await start();
      all.client.on('state', ({ name }) => name === moment && all.client.close());
      all.client.start();
      await all.line.settle();
      if (moment === 'open') all.line.last.open();
      else all.line.last.drop();
      await staysClosed(all, `a listener hears of \`${moment}\``, 1);
    });
  }
});
