import { exercise, expect, fail, show } from '#kit';
import { begin } from './helpers/subject.ts';

exercise('4.7 resume', (check) => {
  const ids = (messages: { id?: string }[]) => messages.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const start = () => begin(['resume']);
  type All = Awaited<ReturnType<typeof start>>;
  /** Cut off, and back in the room. */
  const comeBack = async ({ line, client, pass }: All): Promise<void> => {
    line.last.drop();
    await pass(client.state.name === 'waiting' ? client.state.delayMs : 0);
    line.last.open();
    line.last.welcome();
  };

  check('resume returns true for a new id and false for a known one', async () => {
    const { client } = await start();
    const answers = ['a.1', 'a.1'].map((id) => client.resume(id)) as unknown[];
    if (answers.some((answer) => typeof answer !== 'boolean'))
      fail(
        `resume('a.1') returned ${show(answers.find((answer) => typeof answer !== 'boolean'))}, but it should return true or false.`,
        { hint: 2 },
      );
    expect(
      answers,
      "Wrong answers of resume('a.1'), called twice: the first time the id is new, the second time it is a duplicate.",
    ).toEqual([true, false]);
  });
  check(
    'the join after a drop asks for what came after the last id',
    async () => {
      const all = await start();
      await all.join();
      for (const id of ['x.7', 'x.9', 'x.12', 'x.8']) all.line.last.chat(id);
      expect(
        all.line.last.sent.length,
        'Wrong number of messages to the server; expected only the join. Nothing is sent when a chat message arrives.',
      ).toBe(1);
      await comeBack(all);
      const [{ after }] = all.line.last.sent;
      if (after === undefined || after === '')
        fail(`The join after the drop has after: ${show(after)}; expected 'x.8'. Set this.lastId to each new id.`);
      expect(
        all.line.last.sent[0],
        'x.7, x.9, x.12 and x.8 arrived in this order, then the connection was cut. Wrong join on the next one: the last id is the one that came last. An id says nothing about the order.',
      ).toEqual({ type: 'join', room: 'lobby', after: 'x.8' });
    },
    { hint: 2 },
  );
  check('a duplicate is dropped', async () => {
    const all = await start();
    await all.join();
    for (const id of ['a.1', 'a.2', 'a.2', 'a.1', 'a.3']) all.line.last.chat(id);
    expect(
      ids(all.messages),
      'The server sent a.1, a.2, a.2, a.1, a.3. Wrong messages passed on; expected each of them once, in order. Look for the id among all that have come, not only at the last one.',
    ).toEqual(['a.1', 'a.2', 'a.3']);
  });
  check('missed messages arrive once and in order, even if the replay overlaps', async () => {
    const all = await start();
    await all.join();
    for (const id of ['a.1', 'a.2']) all.line.last.chat(id);
    await comeBack(all);
    for (const id of ['a.2', 'a.3', 'a.4', 'a.5']) all.line.last.chat(id);
    expect(ids(all.messages), 'a.2 came before the drop, and again in the replay. Wrong messages passed on.').toEqual([
      'a.1',
      'a.2',
      'a.3',
      'a.4',
      'a.5',
    ]);
  });
  check('an old duplicate does not turn lastId back', async () => {
    const all = await start();
    await all.join();
    for (const id of ['a.1', 'a.2', 'a.3', 'a.1']) all.line.last.chat(id);
    expect(
      all.client.lastId,
      'a.1, a.2 and a.3 arrived, then a.1 again. Wrong lastId: the next replay would start too early. Look for a duplicate before you set it.',
    ).toBe('a.3');
  });
  check(
    'ids are kept in `recent`, and looked up there',
    async () => {
      const all = await start();
      await all.join();
      all.line.last.chat('a.1');
      if (!all.client.recent.has('a.1'))
        fail(
          'The id a.1 came, but it is not in this.recent. Use that set, not one of your own: it forgets the oldest ids, so that a page that stays open for weeks does not grow.',
        );
      all.client.recent.add('a.0');
      all.line.last.chat('a.0');
      expect(
        [ids(all.messages), all.client.lastId],
        'a.1 came, and then a.0, which was in this.recent already. Wrong messages passed on, or wrong lastId: ask this.recent.has(id).',
      ).toEqual([['a.1'], 'a.1']);
    },
    { hint: 2 },
  );
  check(
    'ids that look alike are different',
    async () => {
      const all = await start();
      await all.join();
      const alike = ['a.1', 'A.1', 'a.01', 'a.1 ', 'a.10', 'a', '1', '01'];
      for (const id of alike) all.line.last.chat(id);
      expect(
        ids(all.messages),
        'Eight ids came, and no two of them are equal. Wrong messages passed on: compare ids as they are, and never take them apart.',
      ).toEqual(alike);
    },
    { hint: 2 },
  );
  check(
    'after a restart of the server ids start again: a smaller one is not older',
    async () => {
      const all = await start();
      await all.join();
      all.line.last.chat('zz.900');
      await comeBack(all);
      all.line.last.hear({ type: 'gap' });
      all.line.last.chat('aa.1');
      expect(
        ids(all.messages),
        'zz.900 came, the server restarted, and then aa.1 came, which is new. Wrong messages passed on: compare ids for equality only, never with < or >.',
      ).toEqual(['zz.900', 'aa.1']);
      expect(all.messages.filter(({ type }) => type === 'gap').length, 'The gap should be reported once.').toBe(1);
    },
    { hint: 2 },
  );
});
