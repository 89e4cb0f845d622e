import { exercise, expect, fail } from '#kit';
import { begin } from './helpers/subject.ts';

exercise('4.7 resume', (check) => {
  const ids = (messages: { id?: string }[]) => messages.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const start = () => begin(['resume']);
  /** Cut off, and back in the room. */
  const comeBack = async ({ line, client, pass }: Awaited<ReturnType<typeof start>>): Promise<void> => {
    line.last.drop();
    await pass(client.state.name === 'waiting' ? client.state.delayMs : 0);
    line.last.open();
    line.last.welcome();
  };

  check('the join after a drop asks for what came after the last id', async () => {
    const all = await start();
    await all.join();
    for (const id of ['x.7', 'x.9', 'x.12', 'x.8']) all.line.last.chat(id);
    expect(
      all.line.last.sent.length,
      'Wrong number of messages sent: the join was expected, and nothing on hearing a chat message. The server is asked when the connection is new.',
    ).toBe(1);
    await comeBack(all);
    expect(
      all.line.last.sent[0],
      'Wrong first message on the new connection: ids are opaque, so "last" is the one that came last.',
    ).toEqual({ type: 'join', room: 'lobby', after: 'x.8' });
  });
  check('an id that was seen is dropped', async () => {
    const all = await start();
    await all.join();
    for (const id of ['a.1', 'a.2', 'a.2', 'a.1', 'a.3']) all.line.last.chat(id);
    expect(
      ids(all.messages),
      'Wrong messages passed on where the server sent a.1, a.2, a.2, a.1, a.3: each once, in order, was expected.',
    ).toEqual(['a.1', 'a.2', 'a.3']);
  });
  check('remembered in `recent`, and looked for there', async () => {
    const all = await start();
    await all.join();
    all.line.last.chat('a.1');
    if (!all.client.recent.has('a.1'))
      fail(
        "The id a.1 came, and is not in `recent`. A memory of one's own never forgets: a page that stays open for weeks grows.",
      );
    all.client.recent.add('a.0');
    all.line.last.chat('a.0');
    expect(
      [ids(all.messages), all.client.lastId],
      'Wrong messages passed on, or wrong last id, where a.1 came, and then a.0, which `recent` had already.',
    ).toEqual([['a.1'], 'a.1']);
  });
  check('opaque: ids that look alike are different', async () => {
    const all = await start();
    await all.join();
    const alike = ['a.1', 'A.1', 'a.01', 'a.1 ', 'a.10', 'a', '1', '01'];
    for (const id of alike) all.line.last.chat(id);
    expect(
      ids(all.messages),
      'Wrong messages passed on: eight ids, no two of them equal. They are compared as they come, not taken apart.',
    ).toEqual(alike);
  });
  check('missed messages arrive once, in order, also where the replay overlaps', async () => {
    const all = await start();
    await all.join();
    for (const id of ['a.1', 'a.2']) all.line.last.chat(id);
    await comeBack(all);
    for (const id of ['a.2', 'a.3', 'a.4', 'a.5']) all.line.last.chat(id);
    expect(ids(all.messages), 'Wrong messages after a replay that overlaps by one.').toEqual([
      'a.1',
      'a.2',
      'a.3',
      'a.4',
      'a.5',
    ]);
  });
  check('an old duplicate does not turn the last id back', async () => {
    const all = await start();
    await all.join();
    for (const id of ['a.1', 'a.2', 'a.3', 'a.1']) all.line.last.chat(id);
    expect(
      all.client.lastId,
      'Wrong last id after a.1, a.2, a.3 and a duplicate of a.1: the next replay would begin too early.',
    ).toBe('a.3');
  });
  check('after a restart ids begin anew: smaller is not older', async () => {
    const all = await start();
    await all.join();
    all.line.last.chat('zz.900');
    await comeBack(all);
    all.line.last.hear({ type: 'gap' });
    all.line.last.chat('aa.1');
    expect(
      ids(all.messages),
      'Wrong messages after a restart: ids compare by equality only, and aa.1 is as new as any other.',
    ).toEqual(['zz.900', 'aa.1']);
    expect(all.messages.filter(({ type }) => type === 'gap').length, 'The gap is told once.').toBe(1);
  });
});
