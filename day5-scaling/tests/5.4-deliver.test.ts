import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, show } from '#kit';
import { readEnvelope, type Envelope } from '#day5/given/envelope.ts';
import type { ChatMessage } from '#day3/given/server-messages.ts';
import { brief, openNode, said, ScriptedBus } from './helpers/subject.ts';
import { channel } from './helpers/settle.ts';

exercise('5.4 ChatNode.deliver', (check) => {
  const begin = async (bus = new ScriptedBus()) => {
    const opened = await openNode(['deliver'], 'node-1', bus);
    const ann = await opened.come('Ann', 'lobby');
    bus.published.length = 0;
    return { ...opened, ann };
  };
  const envelopes = ({ published }: ScriptedBus): Envelope[] =>
    published.map(({ text }) => {
      try {
        return readEnvelope(text);
      } catch {
        return fail(`What went out on the bus is no envelope: ${show(text)}. The other nodes will drop it.`);
      }
    });

  for (const [answer, what] of [
    ['sent', 'the bus works'],
    ['refused', 'the bus refuses it'],
    ['nothing', 'the bus never answers'],
  ] as const) {
    check(`everyone here hears it at once, once: ${what}`, async () => {
      const { node, bus, ann } = await begin();
      bus.answer = answer;
      node.deliver('lobby', said('Hi'));
      expect(await ann.heard(), `Wrong messages for somebody on this node, where ${what}.`).toEqual([said('Hi')]);
    });
  }
  check('here only those in the room', async () => {
    const { node, come } = await begin();
    const bob = await come('Bob', 'kitchen');
    node.deliver('lobby', said('Hi'));
    expect(brief(await bob.heard()), 'Wrong messages in the kitchen, when something was said in the lobby.').toEqual(
      [],
    );
  });
  check('one envelope goes out, on the channel of the room', async () => {
    const { node, bus } = await begin();
    node.deliver('lobby', said('Hi'), 'u1');
    const [first, ...more] = envelopes(bus);
    expect(
      bus.published.map((one) => one.channel),
      'Wrong channels for one message: the other nodes listen on `this.channelOf(room)`.',
    ).toEqual([channel]);
    expect(more.length, 'More than one envelope went out for one message.').toBe(0);
    const { epoch: _, ...rest } = first;
    expect(
      rest,
      'Wrong envelope: the others need to know whose it is, for which room, and who is not to get it.',
    ).toEqual({ v: 1, node: 'node-1', seq: rest.seq, room: 'lobby', message: said('Hi'), except: 'u1' });
    node.deliver('lobby', said('to all'));
    expect(envelopes(bus)[1].except, 'Wrong `except` in the envelope of a message that is for everyone.').toBe(
      undefined,
    );
  });
  check('also where the bus is down: it knows what to do', async () => {
    const { node, bus } = await begin();
    bus.status = 'down';
    node.deliver('lobby', said('Hi'));
    expect(
      envelopes(bus).length,
      'Wrong number of envelopes for one message while the bus is down: this.send remembers which rooms have missed something, and a bus may keep the text for later.',
    ).toBe(1);
  });
  check('numbered one up, for each room', async () => {
    const { node, bus } = await begin();
    for (const room of ['lobby', 'lobby', 'attic', 'lobby']) node.deliver(room, said('Hi'));
    const numbers = envelopes(bus).map(({ room, seq }) => `${room} ${seq}`);
    const first = envelopes(bus)[0].seq;
    expect(
      numbers,
      'Wrong numbers for four messages: `this.sequences.next(room)` gives each the next of its room, or the others report a gap.',
    ).toEqual([`lobby ${first}`, `lobby ${first + 1}`, 'attic 1', `lobby ${first + 2}`]);
    const epochs = () =>
      new Set(
        envelopes(bus)
          .filter(({ room }) => room === 'lobby')
          .map(({ epoch }) => epoch),
      ).size;
    expect(
      epochs(),
      'Wrong number of epochs for three messages in one room: it comes from `this.sequences.next(room)`, and with another one each time nobody sees what is missing.',
    ).toBe(1);
    node.sequences.forget();
    node.deliver('lobby', said('Hi'));
    expect(
      [envelopes(bus)[4].seq, epochs()],
      'Wrong number, and epochs in all, after this.sequences.forget(), which an outage brings: `this.sequences.next(room)` begins again with 1, in another epoch.',
    ).toEqual([1, 2]);
  });
  check('typing uses up no number', async () => {
    const { node, bus } = await begin();
    for (const message of [said('one'), { type: 'typing', userId: 'u9', name: 'Zoe' } as const, said('two')])
      node.deliver('lobby', message);
    const [one, typing, two] = envelopes(bus);
    expect(bus.published.length, 'Wrong number of envelopes for a text, `typing`, and another text.').toBe(3);
    expect(
      [typing.seq, two.seq],
      'Wrong numbers for `typing` and the text behind it: `this.send` gives the number of `typing` back, which may be lost without harm.',
    ).toEqual([one.seq + 1, one.seq + 1]);
  });
  check('`except` does not hear it here either', async () => {
    const { node, ann, come } = await begin();
    const bob = await come('Bob', 'lobby');
    await ann.heard();
    const [{ userId }] = node.chat.rooms.users('lobby');
    node.deliver('lobby', { type: 'joined', userId: 'u9', name: 'Zoe' }, userId);
    expect(
      [brief(await ann.heard()), brief(await bob.heard())],
      'Wrong messages for Ann, who is excepted, and for Bob.',
    ).toEqual([[], ['joined']]);
  });
  check('what did not go out is counted, and nothing falls over', async () => {
    const { node, bus } = await begin();
    const before = node.unpublished;
    bus.answer = 'refused';
    node.deliver('lobby', said('one'));
    node.deliver('lobby', said('two'));
    await turn();
    expect(
      node.unpublished - before,
      'Wrong count of messages that the other nodes did not get: each publish that rejects counts.',
    ).toBe(2);
    expect(bus.published.length, 'Wrong number of envelopes for two messages that the bus has refused.').toBe(2);
    bus.answer = 'sent';
    node.deliver('lobby', said('three'));
    await turn();
    expect(node.unpublished - before, 'A message that did go out was counted as unpublished.').toBe(2);
  });
  check('two nodes: each person hears each message once', async () => {
    const hub = new Set<ScriptedBus>();
    const one = await begin(new ScriptedBus(hub));
    const two = await openNode(['deliver'], 'node-2', new ScriptedBus(hub));
    const bob = await two.come('Bob', 'lobby');
    await one.ann.heard();
    one.ann.say({ type: 'chat', text: 'Hi Bob' });
    const heard = await one.ann.heard();
    expect(brief(heard), 'Wrong messages for Ann, who said it, on the first node.').toEqual(['Hi Bob']);
    expect(brief(await bob.heard()), 'Wrong messages for Bob, on the second node.').toEqual(['Hi Bob']);
    bob.say({ type: 'chat', text: 'Hi Ann' });
    expect(brief(await bob.heard()), 'Wrong messages for Bob, who said it, on the second node.').toEqual(['Hi Ann']);
    expect(brief(await one.ann.heard()), 'Wrong messages for Ann, on the first node.').toEqual(['Hi Ann']);
    const [{ id }] = heard as ChatMessage[];
    expect(
      brief((await one.node.chat.history.after('lobby', id)) ?? []),
      "Wrong history on the first node behind 'Hi Bob': the chat has added that itself, and this.hear is for what comes from other nodes.",
    ).toEqual(['Hi Ann']);
  });
});
