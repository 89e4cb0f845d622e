import { exercise, expect, fail, load, show } from '#kit';
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
    const { client, line } = await begin([], { outbox });
    client.start();
    await line.settle();
    const said = [client.send('one'), client.send('two')];
    expect(said, 'Wrong answers to two texts while connecting.').toEqual(['queued', 'queued']);
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
    expect(line.last.sent.slice(1), 'Wrong messages on the wire.').toEqual([{ type: 'chat', text: 'hello', key: 'key 1' }]);
  });
  check('sent and not confirmed: sent again, with the same key', async () => {
    const outbox = await make();
    const { client, line, join, pass } = await begin([], { outbox });
    await join();
    client.send('lost?');
    client.send('arrived');
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
    outbox.confirm(sent[0]?.key ?? '');
    expect(outbox.add('c', transmit), 'Wrong answer after the first was confirmed.').toBe('sent');
  });
  check('two messages, two keys', async () => {
    const outbox = await make();
    const keys: unknown[] = [];
    for (const text of ['same', 'same']) outbox.add(text, ({ key }) => keys.push(key) > 0);
    if (keys[0] === undefined || keys[0] === keys[1]) fail(`Two messages with the same text went out with the keys ${show(keys)}: the server would take the second for the first, sent again.`);
  });
});

exercise('4.b freshToken', (check) => {
  const subject = async () => (await load(() => import('#day4/bonus/fresh-token.ts'), 'freshToken')).freshToken;

  check('another token at every attempt', async () => {
    const freshToken = await subject();
    let count = 0;
    const url = freshToken('ws://127.0.0.1', async () => ({ token: `t${++count}`, renewal: `r${count}` }));
    expect([await url(), await url()], 'Wrong addresses for two attempts.').toEqual([
      { url: 'ws://127.0.0.1', protocols: ['chat', 'token.t1'] },
      { url: 'ws://127.0.0.1', protocols: ['chat', 'token.t2'] },
    ]);
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
    expect(all.errors.map(String), 'Wrong errors reported where no token was to be had.').toEqual(['Error: 503']);
    await all.pass(1000);
    expect(all.line.sockets.map(({ protocols }) => protocols), 'Wrong sockets after the second attempt.').toEqual([['chat', 'token.t2']]);
  });
});

exercise('4.c followNetwork', (check) => {
  const start = async () => {
    const { followNetwork } = await load(() => import('#day4/bonus/network.ts'), 'followNetwork');
    const all = await begin([]);
    const network = new EventTarget();
    return { ...all, stop: followNetwork(all.client, network), tell: (type: string) => void network.dispatchEvent(new Event(type)) };
  };

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
    stop();
    tell('offline');
    expect(client.state.name, 'offline was listened to after it was undone.').toBe('open');
    line.last.drop();
    tell('online');
    expect(client.state.name, 'online was listened to after it was undone.').toBe('waiting');
  });
});
