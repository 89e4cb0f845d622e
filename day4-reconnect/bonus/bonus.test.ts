import { exercise, expect, fail, load, show } from '#kit';
import type { Client } from '#day4/bonus/network.ts';
import type { Outgoing } from '#day4/types.ts';
import { begin } from '../subject.ts';

exercise('4.a outbox', (check) => {
  const make = async (limit = 100) => {
    const { Outbox } = await load(() => import('#day4/bonus/outbox.ts'), 'Outbox');
    let count = 0;
    return new Outbox(limit, () => `key ${++count}`);
  };

  check('what cannot be sent now goes out in order, after the join', async () => {
    const outbox = await make();
    const { client, line, clock } = await begin([], { outbox });
    client.start();
    await line.settle();
    const said = [client.send('one'), client.send('two')];
    expect(said, 'Wrong answers to two texts while connecting.').toEqual(['queued', 'queued']);
    expect(clock.timers(), 'Wrong number of timers while connecting: only the time-out of the attempt was expected. The outbox needs none; `resend` is called after each join.').toBe(1);
    line.last.open();
    expect(line.last.sent.map(({ type }) => type), 'Before init nothing but the join may be sent: the server would refuse it.').toEqual(['join']);
    said.push(client.send('three'));
    line.last.welcome();
    expect(line.last.sent.slice(1).map(({ text }) => text), 'Wrong texts, or wrong order, after the join.').toEqual(['one', 'two', 'three']);
  });
  check('sent at once where the client is in the room, and once', async () => {
    const outbox = await make();
    const { client, line, join } = await begin([], { outbox });
    await join();
    expect(client.send('hello'), 'Wrong answer to a text while in the room.').toBe('sent');
    expect(line.last.sent.slice(1), 'Wrong messages on the wire: one, with the text, and with the key that newKey() gave, was expected.').toEqual([{ type: 'chat', text: 'hello', key: 'key 1' }]);
  });
  check('sent and not confirmed: sent again, with the same key', async () => {
    const outbox = await make();
    const { client, line, join, pass } = await begin([], { outbox });
    await join();
    client.send('lost?');
    client.send('arrived');
    expect(line.last.sent.slice(1).map(({ text, key }) => [text, key]), 'Wrong texts and keys on the first connection: each of the two once, at once, was expected, also while the one before is not confirmed.').toEqual([['lost?', 'key 1'], ['arrived', 'key 2']]);
    line.last.chat('a.1', { key: 'key 2' });
    line.last.drop();
    await pass(1000);
    line.last.open();
    line.last.welcome();
    expect(line.last.sent.slice(1), 'Wrong messages on the new connection: the one that never came back, under the key that it had, was expected. Whether it arrived, nobody knows.').toEqual([{ type: 'chat', text: 'lost?', key: 'key 1' }]);
  });
  check('full: dropped, and the ones before are kept', async () => {
    const outbox = await make(2);
    const passed: Outgoing[] = [];
    const answers = ['a', 'b', 'c'].map((text) => outbox.add(text, () => false));
    expect(answers, 'Wrong answers to three texts, with a limit of two.').toEqual(['queued', 'queued', 'dropped']);
    outbox.resend((message) => passed.push(message) > 0);
    expect(passed.map(({ text }) => text), 'Wrong texts kept: the first two were expected.').toEqual(['a', 'b']);
  });
  check('confirmed makes room again; also what was sent counts until then', async () => {
    const outbox = await make(1);
    const sent: Outgoing[] = [];
    const transmit = (message: Outgoing): boolean => sent.push(message) > 0;
    expect([outbox.add('a', transmit), outbox.add('b', transmit)], 'Wrong answers with a limit of one, where the first was sent and not confirmed.').toEqual(['sent', 'dropped']);
    expect(sent.map(({ text }) => text), 'Wrong texts transmitted: b was dropped, and must not be heard all the same.').toEqual(['a']);
    outbox.confirm(sent[0].key ?? '');
    expect(outbox.add('c', transmit), 'Wrong answer after the first was confirmed.').toBe('sent');
    if (sent[1]?.key === sent[0].key) fail(`The key ${show(sent[0].key)} was used again, for another message: the server takes it for the old one, sent again, and drops it.`);
  });
  check('two messages, two keys', async () => {
    const outbox = await make();
    const keys: unknown[] = [];
    for (const text of ['same', 'same']) outbox.add(text, ({ key }) => keys.push(key) > 0);
    if (keys.length !== 2) fail(`Two messages with the same text: ${keys.length} transmitted. Who says "yes" twice means it.`);
    if (keys[0] === undefined || keys[0] === keys[1]) fail(`Two messages with the same text went out with the keys ${show(keys)}: the server would take the second for the first, sent again.`);
  });
});

exercise('4.b freshToken', (check) => {
  const subject = async () => (await load(() => import('#day4/bonus/fresh-token.ts'), 'freshToken')).freshToken;

  /** The order in which subprotocols are offered does not matter to the server. */
  const sorted = (protocols: string[] | undefined) => (Array.isArray(protocols) ? [...protocols].sort() : protocols);

  check('another token at every attempt', async () => {
    const freshToken = await subject();
    let count = 0;
    const url = freshToken('ws://127.0.0.1', async () => ({ token: `t${++count}`, renewal: `r${count}` }));
    for (const token of ['t1', 't2']) {
      const address = await url();
      expect({ ...address, protocols: sorted(address.protocols) }, `Wrong address where the token ${token} was issued for this attempt.`).toEqual({ url: 'ws://127.0.0.1', protocols: ['chat', `token.${token}`] });
    }
  });
  check('none before the first attempt', async () => {
    const freshToken = await subject();
    let asked = 0;
    freshToken('ws://127.0.0.1', async () => ({ token: `t${++asked}`, renewal: 'r' }));
    expect(asked, 'A token was asked for before anybody wanted to connect: it grows old meanwhile.').toBe(0);
  });
  check('the user stays the same: the renewal is passed on', async () => {
    const freshToken = await subject();
    const renewals: unknown[] = [];
    const url = freshToken('ws://127.0.0.1', async (renewal) => ({ token: 't', renewal: `r${renewals.push(renewal)}` }));
    for (let i = 0; i < 3; i++) await url();
    expect(renewals, 'Wrong renewals in three calls: none, then always the one that came last. Without it each attempt is a new user, whose keys nobody knows.').toEqual([undefined, 'r1', 'r2']);
  });
  check('two clients, two users', async () => {
    const freshToken = await subject();
    const renewals: unknown[] = [];
    const begun = ['ann', 'ben'].map((name) => freshToken('ws://127.0.0.1', async (renewal) => ({ token: 't', renewal: `${name}.${renewals.push(renewal)}` })));
    for (const url of [...begun, ...begun]) await url();
    expect(renewals, "Wrong renewals of two clients in turn: nobody may get the other's.").toEqual([undefined, undefined, 'ann.1', 'ben.2']);
  });
  check('a failure is passed on, and the next attempt asks again', async () => {
    const freshToken = await subject();
    let count = 0;
    const issue = async () => {
      if (++count === 1) throw new Error('503');
      return { token: `t${count}`, renewal: 'r' };
    };
    const all = await begin([], { url: freshToken('ws://127.0.0.1', issue) });
    all.client.start();
    await all.line.settle();
    expect(all.errors.length, 'Wrong number of errors reported where issue has failed once.').toBe(1);
    expect(count, 'Wrong number of calls of issue in one attempt: after a failure the client waits, and asks later.').toBe(1);
    await all.pass(1000);
    expect(all.line.sockets.map(({ protocols }) => sorted(protocols)), 'Wrong sockets after the second attempt.').toEqual([['chat', 'token.t2']]);
  });
  check('after a failure the user is still the same', async () => {
    const freshToken = await subject();
    const renewals: unknown[] = [];
    const url = freshToken('ws://127.0.0.1', async (renewal) => {
      if (renewals.push(renewal) === 2) throw new Error('503');
      return { token: 't', renewal: `r${renewals.length}` };
    });
    await url();
    const answer = await url().catch(() => 'rejected');
    expect(answer, 'Wrong answer where issue has failed, and had answered before: it rejects. The old token may be over, and an address without one is refused.').toBe('rejected');
    await url();
    expect(renewals, 'Wrong renewals in three attempts, of which the second failed: a failure costs the token, not the user.').toEqual([undefined, 'r1', 'r1']);
  });
});

exercise('4.c followNetwork', (check) => {
  const subject = async () => (await load(() => import('#day4/bonus/network.ts'), 'followNetwork')).followNetwork;
  const start = async () => {
    const followNetwork = await subject();
    const all = await begin([]);
    const network = new EventTarget();
    return { ...all, stop: followNetwork(all.client, network), tell: (type: string) => void network.dispatchEvent(new Event(type)) };
  };
  /** Any method may be called; it is remembered. */
  const remembering = (calls: string[]) => {
    const client: Client = new Proxy({} as Client, { get: (_, name) => function (this: unknown) { calls.push(this === client ? `${String(name)}()` : `${String(name)}() without its client: \`this\` was something else`); } });
    return client;
  };

  check('offline is onSilence, online is retryNow, each time, and nothing before', async () => {
    const followNetwork = await subject();
    const calls: string[] = [];
    const network = new EventTarget();
    followNetwork(remembering(calls), network);
    expect(calls, 'Wrong calls before any event: none was expected.').toEqual([]);
    for (const type of ['offline', 'online', 'offline', 'online']) network.dispatchEvent(new Event(type));
    expect(calls, 'Wrong calls on the client at offline, online, offline, online.').toEqual(['onSilence()', 'retryNow()', 'onSilence()', 'retryNow()']);
  });
  check('two clients on one page: undoing the one leaves the other', async () => {
    const followNetwork = await subject();
    const [calls, others]: string[][] = [[], []];
    const network = new EventTarget();
    const stop = followNetwork(remembering(calls), network);
    followNetwork(remembering(others), network);
    if (typeof stop !== 'function') fail(`followNetwork returned ${show(stop)}: a function that undoes it was expected.`);
    stop();
    for (const type of ['offline', 'online']) network.dispatchEvent(new Event(type));
    expect([calls, others], 'Wrong calls on the client that was undone, and on the other.').toEqual([[], ['onSilence()', 'retryNow()']]);
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
    expect([line.sockets.length, client.state.name], 'Wrong number of sockets and state after two online events while waiting.').toEqual([2, 'connecting']);
  });
  check('offline: the connection counts as lost at once', async () => {
    const { client, line, join, tell } = await start();
    await join();
    tell('offline');
    expect([client.state.name, line.live()], 'Wrong state, or number of live sockets, after offline.').toEqual(['waiting', 0]);
  });
  check('undone: no listener stays', async () => {
    const { client, line, join, stop, tell } = await start();
    await join();
    if (typeof stop !== 'function') fail(`followNetwork returned ${show(stop)}: a function that undoes it was expected.`);
    stop();
    tell('offline');
    expect(client.state.name, 'offline was listened to after it was undone.').toBe('open');
    line.last.drop();
    tell('online');
    expect(client.state.name, 'online was listened to after it was undone.').toBe('waiting');
  });
});
