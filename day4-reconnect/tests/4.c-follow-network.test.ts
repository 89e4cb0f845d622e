import { exercise, expect, fail, load, show } from '#kit';
import type { Client } from '#day4/bonus/network.ts';
import { begin } from './helpers/subject.ts';

exercise('4.c followNetwork', (check) => {
  const subject = async () => (await load(() => import('#day4/bonus/network.ts'), 'followNetwork')).followNetwork;
  const start = async () => {
    const followNetwork = await subject();
    const all = await begin([]);
    const network = new EventTarget();
    return {
      ...all,
      stop: followNetwork(all.client, network),
      tell: (type: string) => void network.dispatchEvent(new Event(type)),
    };
  };
  /** A client that writes down each call of any method. */
  const remembering = (calls: string[]) => {
    const client: Client = new Proxy({} as Client, {
      get: (_, name) =>
        function (this: unknown, code: unknown) {
          const call = `${String(name)}(${name === 'ended' ? show(code) : ''})`;
          calls.push(this === client ? call : `${call} without its client: \`this\` was something else`);
        },
    });
    return client;
  };
  const expectFunction = (stop: unknown): void => {
    if (typeof stop !== 'function')
      fail(`followNetwork returned ${show(stop)}; expected a function that removes both listeners.`);
  };

  check('`offline` calls ended(1006), `online` calls retryNow(), each time, and nothing before', async () => {
    const followNetwork = await subject();
    const calls: string[] = [];
    const network = new EventTarget();
    followNetwork(remembering(calls), network);
    expect(
      calls,
      'The client was called before any event came. `followNetwork` should only add the listeners.',
    ).toEqual([]);
    for (const type of ['offline', 'online', 'offline', 'online']) network.dispatchEvent(new Event(type));
    expect(
      calls,
      'The events offline, online, offline, online came. Wrong calls on the client. Write () => client.retryNow(): a method that is passed without its object loses `this`.',
    ).toEqual(['ended(1006)', 'retryNow()', 'ended(1006)', 'retryNow()']);
  });
  check(
    'the returned function removes both listeners',
    async () => {
      const { client, line, join, stop, tell } = await start();
      await join();
      expectFunction(stop);
      stop();
      tell('offline');
      expect(
        client.state.name,
        'The `offline` listener is still there after the returned function was called. removeEventListener needs the very function that was added.',
      ).toBe('open');
      line.last.drop();
      tell('online');
      expect(
        client.state.name,
        'The `online` listener is still there after the returned function was called. removeEventListener needs the very function that was added.',
      ).toBe('waiting');
    },
    { hint: 2 },
  );
  check(
    'two clients on one page: removing the listeners of one leaves the other',
    async () => {
      const followNetwork = await subject();
      const [calls, others]: string[][] = [[], []];
      const network = new EventTarget();
      const stop = followNetwork(remembering(calls), network);
      followNetwork(remembering(others), network);
      expectFunction(stop);
      stop();
      for (const type of ['offline', 'online']) network.dispatchEvent(new Event(type));
      expect(
        [calls, others],
        'Two clients follow one network, and the function of the first was called. Wrong calls on the first and on the second client after that. Keep the listeners in variables inside followNetwork.',
      ).toEqual([[], ['ended(1006)', 'retryNow()']]);
    },
    { hint: 2 },
  );
  check('`online` ends the wait', async () => {
    const { line, join, tell } = await start();
    await join();
    line.last.drop();
    tell('online');
    await line.settle();
    expect(line.sockets.length, 'Wrong number of sockets after `online`, while the client was waiting.').toBe(2);
  });
  check('`online` twice, or while open: still one socket', async () => {
    const { client, line, join, tell } = await start();
    await join();
    tell('online');
    await line.settle();
    expect(line.sockets.length, '`online` while open should not make another socket.').toBe(1);
    line.last.drop();
    tell('online');
    tell('online');
    await line.settle();
    expect(
      [line.sockets.length, client.state.name],
      'Wrong number of sockets, or wrong state, after two `online` events while waiting.',
    ).toEqual([2, 'connecting']);
  });
  check('`offline` ends an open connection at once', async () => {
    const { client, line, join, tell } = await start();
    await join();
    tell('offline');
    expect(
      [client.state.name, line.live()],
      'Wrong state, or wrong number of live sockets, after `offline` while open.',
    ).toEqual(['waiting', 0]);
  });
});
