import { exercise, expect, fail, load, show } from '#kit';
import type { Outgoing } from '#day4/given/types.ts';
import { begin } from './helpers/subject.ts';

exercise('4.a outbox', (check) => {
  const make = async (limit = 100) => {
    const { Outbox } = await load(() => import('#day4/bonus/outbox.ts'), 'Outbox');
    let count = 0;
    return new Outbox(limit, () => `key ${++count}`);
  };

  check('in the room: a text is sent at once, and once', async () => {
    const outbox = await make();
    const { client, line, join } = await begin([], { outbox });
    await join();
    expect(client.send('hello'), "Wrong result of add('hello', …) while in the room.").toBe('sent');
    expect(
      line.last.sent.slice(1),
      'Wrong messages to the server; expected one, with the text and the key from this.newKey().',
    ).toEqual([{ type: 'chat', text: 'hello', key: 'key 1' }]);
  });
  check('while connecting: texts are kept, and go out in order after the join', async () => {
    const outbox = await make();
    const { client, line, clock } = await begin([], { outbox });
    client.start();
    await line.settle();
    const said = [client.send('one'), client.send('two')];
    expect(said, 'Wrong results of add for two texts while connecting: transmit returned false.').toEqual([
      'queued',
      'queued',
    ]);
    expect(
      clock.timers(),
      'Wrong number of timers while connecting; expected only the time limit of the attempt. The outbox needs no timer: the client calls `resend` after each join.',
    ).toBe(1);
    line.last.open();
    expect(
      line.last.sent.map(({ type }) => type),
      'Wrong messages before init; expected only the join. The server refuses a chat message from a client that is in no room.',
    ).toEqual(['join']);
    said.push(client.send('three'));
    line.last.welcome();
    expect(
      line.last.sent.slice(1).map(({ text }) => text),
      'Wrong texts, or wrong order, after the join. The newest text goes to the end of `waiting`.',
    ).toEqual(['one', 'two', 'three']);
  });
  check(
    'sent but not confirmed: sent again after the next join, with the same key',
    async () => {
      const outbox = await make();
      const { client, line, join, pass } = await begin([], { outbox });
      await join();
      client.send('lost?');
      client.send('arrived');
      expect(
        line.last.sent.slice(1).map(({ text, key }) => [text, key]),
        'Wrong texts and keys on the first connection. Transmit each text once and at once, even if the one before is not confirmed yet.',
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
        'Wrong messages on the new connection; expected the one that never came back, under its old key. A message stays in `waiting` even if transmit returned true: nobody knows whether it arrived.',
      ).toEqual([{ type: 'chat', text: 'lost?', key: 'key 1' }]);
    },
    { hint: 2 },
  );
  check('two messages have two keys', async () => {
    const outbox = await make();
    const keys: unknown[] = [];
    for (const text of ['same', 'same']) outbox.add(text, ({ key }) => keys.push(key) > 0);
    if (keys.length !== 2)
      fail(
        `add('same', …) was called twice, and transmit got ${keys.length} of the two messages. A person who says "yes" twice means it.`,
      );
    if (keys[0] === undefined || keys[0] === keys[1])
      fail(
        `Two messages with the same text went out with the keys ${show(keys)}. The server would take the second for a repetition of the first, and drop it.`,
      );
  });
  check('full: the new text is dropped, and the ones before are kept', async () => {
    const outbox = await make(2);
    const passed: Outgoing[] = [];
    const answers = ['a', 'b', 'c'].map((text) => outbox.add(text, () => false));
    expect(answers, 'Wrong results of add for three texts, with a limit of two.').toEqual([
      'queued',
      'queued',
      'dropped',
    ]);
    outbox.resend((message) => passed.push(message) > 0);
    expect(
      passed.map(({ text }) => text),
      'Wrong texts kept; expected the first two.',
    ).toEqual(['a', 'b']);
  });
  check(
    'a text that was sent takes up room until it is confirmed',
    async () => {
      const outbox = await make(1);
      const sent: Outgoing[] = [];
      const transmit = (message: Outgoing): boolean => sent.push(message) > 0;
      expect(
        [outbox.add('a', transmit), outbox.add('b', transmit)],
        'Wrong results of add with a limit of one, when the first text was sent and not confirmed.',
      ).toEqual(['sent', 'dropped']);
      expect(
        sent.map(({ text }) => text),
        'Wrong texts transmitted. b was dropped, so nobody may receive it: look for room before you transmit.',
      ).toEqual(['a']);
      outbox.confirm(sent[0].key ?? '');
      expect(outbox.add('c', transmit), 'Wrong result of add after the first text was confirmed.').toBe('sent');
      if (sent[1]?.key === sent[0].key)
        fail(
          `The key ${show(sent[0].key)} was used for two messages. The server would take the second for a repetition of the first, and drop it: call this.newKey() for each.`,
        );
    },
    { hint: 2 },
  );
});
