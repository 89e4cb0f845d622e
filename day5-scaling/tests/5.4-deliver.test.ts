import { exercise, expect, fail, fakeClock, show } from '#kit';
import { readEnvelope, type Envelope } from '#day5/given/envelope.ts';
import type { ChatMessage } from '#day3/given/server-messages.ts';
import { brief, openNode, said, ScriptedBus } from './helpers/subject.ts';
import { channel, settle } from './helpers/settle.ts';

exercise('5.4 ChatNode.deliver', (check) => {
  /** A node called node-1, with Ann in the lobby. */
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
        return fail(
          `What was published is not an envelope, so the other nodes drop it: ${show(text)}. An envelope is { v: 1, node, epoch, seq, room, message, except }, and this.send(envelope) publishes it.`,
          { hint: 2 },
        );
      }
    });

  for (const [answer, what] of [
    ['sent', 'the bus works'],
    ['refused', 'the bus refuses every message'],
    ['nothing', 'the bus never answers'],
  ] as const) {
    check(`people on this node hear it at once, once: ${what}`, async () => {
      const { node, bus, ann } = await begin();
      bus.answer = answer;
      node.deliver('lobby', said('Hi'));
      const heard = await ann.heard();
      expect(
        brief(heard),
        `deliver('lobby', …) was called with the text "Hi", and ${what}. Ann, in the lobby on this node, should have heard it once, without waiting for the bus: use this.chat.broadcast.`,
      ).toEqual(['Hi']);
      expect(heard, 'Ann should hear the message as it is, with nothing changed.').toEqual([said('Hi')]);
      node.deliver('lobby', said('first'));
      node.chat.broadcast('lobby', said('second'));
      expect(
        brief(await ann.heard()),
        'deliver was called with "first", and right after that "second" was broadcast. Ann heard them in the wrong order: broadcast before deliver returns, not later.',
      ).toEqual(['first', 'second']);
    });
  }
  check('on this node, only people in the room hear it', async () => {
    const { node, come } = await begin();
    const bob = await come('Bob', 'kitchen');
    node.deliver('lobby', said('Hi'));
    expect(brief(await bob.heard()), "deliver('lobby', …) was called, and Bob in the kitchen heard something.").toEqual(
      [],
    );
  });
  check(
    'one envelope goes out, on the channel of the room',
    async () => {
      const { node, bus } = await begin();
      node.deliver('lobby', said('Hi'), 'u1');
      if (bus.published.length === 0)
        fail(
          "deliver('lobby', …) has returned, and nothing was published. Send an envelope to the other nodes with this.send, and don't await anything before.",
        );
      const [first, ...more] = envelopes(bus);
      expect(
        bus.published.map((one) => one.channel),
        'Wrong channels for one message. The other nodes listen on this.channelOf(room), and this.send uses that.',
      ).toEqual([channel]);
      expect(more.length, 'One message was published more than once.').toBe(0);
      const { epoch: _, ...rest } = first;
      expect(
        rest,
        "Wrong envelope after deliver('lobby', message, 'u1'). The other nodes need the name of this node, the numbers, the room, the message, and the userId of the exception.",
      ).toEqual({ v: 1, node: 'node-1', seq: rest.seq, room: 'lobby', message: said('Hi'), except: 'u1' });
      node.deliver('lobby', said('to all'));
      expect(
        envelopes(bus)[1].except,
        'deliver was called without an exception, and the envelope has one. The sender has to hear the message on other nodes, too, in a second tab.',
      ).toBe(undefined);
    },
    { hint: 2 },
  );
  check(
    '`except` does not hear it on this node either',
    async () => {
      const { node, ann, come } = await begin();
      const bob = await come('Bob', 'lobby');
      await ann.heard();
      const [{ userId }] = node.chat.rooms.users('lobby');
      node.deliver('lobby', { type: 'joined', userId: 'u9', name: 'Zoe' }, userId);
      expect(
        [brief(await ann.heard()), brief(await bob.heard())],
        "deliver was called with Ann's userId as `except`. Ann should hear nothing, and Bob `joined`: pass `except` on to this.chat.broadcast.",
      ).toEqual([[], ['joined']]);
    },
    { hint: 2 },
  );
  check(
    'the messages of each room are numbered',
    async () => {
      const { node, bus } = await begin();
      for (const room of ['lobby', 'lobby', 'attic', 'lobby']) node.deliver(room, said('Hi'));
      const numbers = envelopes(bus).map(({ room, seq }) => `${room} ${seq}`);
      const first = envelopes(bus)[0].seq;
      expect(
        numbers,
        'Wrong numbers for four messages in two rooms. Each message takes the next number of its room, from this.sequences.next(room); otherwise the other nodes report a gap.',
      ).toEqual([`lobby ${first}`, `lobby ${first + 1}`, 'attic 1', `lobby ${first + 2}`]);
      const epochs = () =>
        new Set(
          envelopes(bus)
            .filter(({ room }) => room === 'lobby')
            .map(({ epoch }) => epoch),
        ).size;
      expect(
        epochs(),
        'Three messages went out in one room, and this is the number of different epochs. The epoch comes from this.sequences.next(room). If it changes with every message, nobody notices a gap.',
      ).toBe(1);
      node.sequences.forget();
      node.deliver('lobby', said('Hi'));
      expect(
        [envelopes(bus)[4].seq, epochs()],
        'After this.sequences.forget(), which comes with an outage, one more message went out. Its number and the number of epochs so far should be 1 and 2: call this.sequences.next(room) for every message.',
      ).toEqual([1, 2]);
    },
    { hint: 2 },
  );
  check(
    'every kind of message goes out',
    async () => {
      const { node, bus } = await begin();
      const typing = { type: 'typing', userId: 'u9', name: 'Zoe' } as const;
      for (const message of [said('one'), typing, said('two')]) node.deliver('lobby', message);
      expect(
        envelopes(bus).map(({ message }) => message.type),
        'deliver was called with a text, `typing` and another text. Each of them should be published once.',
      ).toEqual(['chat', 'typing', 'chat']);
      const [one, second, two] = envelopes(bus);
      expect(
        [second.seq, two.seq],
        'A text, `typing` and another text went out. `typing` does no harm if it is lost, so its number is used again for the next text: this.send takes care of that.',
      ).toEqual([one.seq + 1, one.seq + 1]);
    },
    { hint: 2 },
  );
  check(
    'also while the bus is down',
    async () => {
      const { node, bus } = await begin();
      bus.status = 'down';
      node.deliver('lobby', said('Hi'));
      expect(
        envelopes(bus).length,
        'The bus is down, and deliver did not call this.send exactly once. Call it anyway: it remembers which rooms have missed something, and some buses keep the text for later.',
      ).toBe(1);
    },
    { hint: 2 },
  );
  check(
    'a message that could not be published is counted, and the server goes on',
    async () => {
      const { node, bus } = await begin();
      const before = node.unpublished;
      bus.answer = 'refused';
      node.deliver('lobby', said('one'));
      node.deliver('lobby', said('two'));
      await settle();
      expect(
        node.unpublished - before,
        'The bus refused two messages, and this.unpublished grew by another number. Add 1 in a .catch of this.send.',
      ).toBe(2);
      bus.answer = 'sent';
      node.deliver('lobby', said('three'));
      await settle();
      expect(node.unpublished - before, 'A message that was published was counted in this.unpublished.').toBe(2);
    },
    { hint: 2 },
  );
  check(
    'a message is never delivered again later',
    async () => {
      const { node, bus, ann } = await begin();
      const clock = fakeClock();
      for (const answer of ['refused', 'nothing', 'sent'] as const) {
        bus.answer = answer;
        bus.published.length = 0;
        node.deliver('lobby', said(`Hi, ${answer}`));
        await settle();
        for (let minutes = 0; minutes < 3; minutes++) {
          clock.advance(60_000);
          await settle();
        }
        const how = { refused: 'refused it', nothing: 'never answered', sent: 'took it' }[answer];
        expect(
          brief(await ann.heard()),
          `A message was delivered, and the bus ${how}. This is what Ann heard in the three minutes after that; she should hear it once. Don't try again: people would hear it again and again.`,
        ).toEqual([`Hi, ${answer}`]);
        expect(
          bus.published.length,
          `A message was delivered, and the bus ${how}. It was published this many times within three minutes. Don't send it again: it may have gone out, and its number is used.`,
        ).toBe(1);
      }
    },
    { hint: 2 },
  );
  check(
    'two nodes: each person hears each message once',
    async () => {
      const hub = new Set<ScriptedBus>();
      const one = await begin(new ScriptedBus(hub));
      const two = await openNode(['deliver'], 'node-2', new ScriptedBus(hub));
      const bob = await two.come('Bob', 'lobby');
      await one.ann.heard();
      one.ann.say({ type: 'chat', text: 'Hi Bob' });
      const heard = await one.ann.heard();
      expect(brief(heard), 'Ann said "Hi Bob" on the first node, and she should hear it once herself.').toEqual([
        'Hi Bob',
      ]);
      expect(
        brief(await bob.heard()),
        'Ann said "Hi Bob" on the first node. Bob, on the second one, should hear it once.',
      ).toEqual(['Hi Bob']);
      bob.say({ type: 'chat', text: 'Hi Ann' });
      expect(
        brief(await bob.heard()),
        'Bob said "Hi Ann" on the second node, and he should hear it once himself.',
      ).toEqual(['Hi Ann']);
      expect(
        brief(await one.ann.heard()),
        'Bob said "Hi Ann" on the second node. Ann, on the first one, should hear it once.',
      ).toEqual(['Hi Ann']);
      const [{ id }] = heard as ChatMessage[];
      expect(
        brief((await one.node.chat.history.after('lobby', id)) ?? []),
        'Ann said "Hi Bob" on the first node, then Bob "Hi Ann" on the second one. Wrong messages after "Hi Bob" in the history of the first node. The chat has added "Hi Bob" itself: in deliver use this.chat.broadcast, not this.hear.',
      ).toEqual(['Hi Ann']);
    },
    { hint: 2 },
  );
});
