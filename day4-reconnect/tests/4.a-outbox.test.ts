import { exercise, expect, fail, load, show } from '#kit';
import type { Outgoing } from '#day4/given/types.ts';
import { begin } from './helpers/subject.ts';

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
    expect(
      clock.timers(),
      'Wrong number of timers while connecting: only the time-out of the attempt was expected. The outbox needs none; `resend` is called after each join.',
    ).toBe(1);
    line.last.open();
    expect(
      line.last.sent.map(({ type }) => type),
      'Before init nothing but the join may be sent: the server would refuse it.',
    ).toEqual(['join']);
    said.push(client.send('three'));
    line.last.welcome();
    expect(
      line.last.sent.slice(1).map(({ text }) => text),
      'Wrong texts, or wrong order, after the join.',
    ).toEqual(['one', 'two', 'three']);
  });
  check('sent at once where the client is in the room, and once', async () => {
    const outbox = await make();
    const { client, line, join } = await begin([], { outbox });
    await join();
    expect(client.send('hello'), 'Wrong answer to a text while in the room.').toBe('sent');
    expect(
      line.last.sent.slice(1),
      'Wrong messages on the wire: one, with the text, and with the key that newKey() gave, was expected.',
    ).toEqual([{ type: 'chat', text: 'hello', key: 'key 1' }]);
  });
  check('sent and not confirmed: sent again, with the same key', async () => {
    const outbox = await make();
    const { client, line, join, pass } = await begin([], { outbox });
    await join();
    client.send('lost?');
    client.send('arrived');
    expect(
      line.last.sent.slice(1).map(({ text, key }) => [text, key]),
      'Wrong texts and keys on the first connection: each of the two once, at once, was expected, also while the one before is not confirmed.',
    ).toEqual([
      ['lost?', 'key 1'],
      ['arrived', 'key 2'],
    ]);
    line.last.chat('a.1', { key: 'key 2' });
    line.last.drop();
    await pass(1000);
    line.last.open();
    line.last.welcome();
    expect(
      line.last.sent.slice(1),
      'Wrong messages on the new connection: the one that never came back, under the key that it had, was expected. Whether it arrived, nobody knows.',
    ).toEqual([{ type: 'chat', text: 'lost?', key: 'key 1' }]);
  });
  check('full: dropped, and the ones before are kept', async () => {
    const outbox = await make(2);
    const passed: Outgoing[] = [];
    const answers = ['a', 'b', 'c'].map((text) => outbox.add(text, () => false));
    expect(answers, 'Wrong answers to three texts, with a limit of two.').toEqual(['queued', 'queued', 'dropped']);
    outbox.resend((message) => passed.push(message) > 0);
    expect(
      passed.map(({ text }) => text),
      'Wrong texts kept: the first two were expected.',
    ).toEqual(['a', 'b']);
  });
  check('confirmed makes room again; also what was sent counts until then', async () => {
    const outbox = await make(1);
    const sent: Outgoing[] = [];
    const transmit = (message: Outgoing): boolean => sent.push(message) > 0;
    expect(
      [outbox.add('a', transmit), outbox.add('b', transmit)],
      'Wrong answers with a limit of one, where the first was sent and not confirmed.',
    ).toEqual(['sent', 'dropped']);
    expect(
      sent.map(({ text }) => text),
      'Wrong texts transmitted: b was dropped, and must not be heard all the same.',
    ).toEqual(['a']);
    outbox.confirm(sent[0].key ?? '');
    expect(outbox.add('c', transmit), 'Wrong answer after the first was confirmed.').toBe('sent');
    if (sent[1]?.key === sent[0].key)
      fail(
        `The key ${show(sent[0].key)} was used again, for another message: the server takes it for the old one, sent again, and drops it.`,
      );
  });
  check('two messages, two keys', async () => {
    const outbox = await make();
    const keys: unknown[] = [];
    for (const text of ['same', 'same']) outbox.add(text, ({ key }) => keys.push(key) > 0);
    if (keys.length !== 2)
      fail(`Two messages with the same text: ${keys.length} transmitted. Who says "yes" twice means it.`);
    if (keys[0] === undefined || keys[0] === keys[1])
      fail(
        `Two messages with the same text went out with the keys ${show(keys)}: the server would take the second for the first, sent again.`,
      );
  });
});
