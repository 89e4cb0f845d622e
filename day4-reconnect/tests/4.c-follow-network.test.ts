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
  /** Any method may be called; it is remembered. */
  const remembering = (calls: string[]) => {
    const client: Client = new Proxy({} as Client, {
      get: (_, name) =>
        function (this: unknown) {
          calls.push(
            this === client ? `${String(name)}()` : `${String(name)}() without its client: \`this\` was something else`,
          );
        },
    });
    return client;
  };

  check('offline is onSilence, online is retryNow, each time, and nothing before', async () => {
    const followNetwork = await subject();
    const calls: string[] = [];
    const network = new EventTarget();
    followNetwork(remembering(calls), network);
    expect(calls, 'Wrong calls before any event: none was expected.').toEqual([]);
    for (const type of ['offline', 'online', 'offline', 'online']) network.dispatchEvent(new Event(type));
    expect(calls, 'Wrong calls on the client at offline, online, offline, online.').toEqual([
      'onSilence()',
      'retryNow()',
      'onSilence()',
      'retryNow()',
    ]);
  });
  check('two clients on one page: undoing the one leaves the other', async () => {
    const followNetwork = await subject();
    const [calls, others]: string[][] = [[], []];
    const network = new EventTarget();
    const stop = followNetwork(remembering(calls), network);
    followNetwork(remembering(others), network);
    if (typeof stop !== 'function')
      fail(`followNetwork returned ${show(stop)}: a function that undoes it was expected.`);
    stop();
    for (const type of ['offline', 'online']) network.dispatchEvent(new Event(type));
    expect([calls, others], 'Wrong calls on the client that was undone, and on the other.').toEqual([
      [],
      ['onSilence()', 'retryNow()'],
    ]);
  });
  check('online ends the waiting', async () => {
    const { line, join, tell } = await start();
    await join();
    line.last.drop();
    tell('online');
    await line.settle();
    expect(line.sockets.length, 'Wrong number of sockets after online, while the client was waiting.').toBe(2);
  });
  check('online twice, and while open: still one socket', async () => {
    const { client, line, join, tell } = await start();
    await join();
    tell('online');
    await line.settle();
    expect(line.sockets.length, 'online while open must not open another socket.').toBe(1);
    line.last.drop();
    tell('online');
    tell('online');
    await line.settle();
    expect(
      [line.sockets.length, client.state.name],
      'Wrong number of sockets and state after two online events while waiting.',
    ).toEqual([2, 'connecting']);
  });
  check('offline: the connection counts as lost at once', async () => {
    const { client, line, join, tell } = await start();
    await join();
    tell('offline');
    expect([client.state.name, line.live()], 'Wrong state, or number of live sockets, after offline.').toEqual([
      'waiting',
      0,
    ]);
  });
  check('undone: no listener stays', async () => {
    const { client, line, join, stop, tell } = await start();
    await join();
    if (typeof stop !== 'function')
      fail(`followNetwork returned ${show(stop)}: a function that undoes it was expected.`);
    stop();
    tell('offline');
    expect(client.state.name, 'offline was listened to after it was undone.').toBe('open');
    line.last.drop();
    tell('online');
    expect(client.state.name, 'online was listened to after it was undone.').toBe('waiting');
  });
});
