import { exercise, expect, fail, show, thrownBy } from '#kit';
import { brief, fromOther, openNode, said } from './helpers/subject.ts';

exercise('5.3 ChatNode.receive', (check) => {
  /** A node called node-1, with Ann in the lobby. The other node is called node-2, and says "Hi" if nothing else is said. */
  const begin = async () => {
    const opened = await openNode(['receive']);
    const ann = await opened.come('Ann', 'lobby');
    const hear = async (...texts: string[]) => {
      for (const text of texts) opened.node.receive(text);
      return brief(await ann.heard());
    };
    /** The texts in the history of the lobby after the message with this id; undefined if the history doesn't know the id. */
    const after = async (id: string) => {
      const messages = await opened.node.chat.history.after('lobby', id);
      return messages && brief(messages);
    };
    const { sequences } = opened.node;
    const place = sequences.place.bind(sequences);
    const [asked, askedTwice] = [new Set<unknown>(), new Set<unknown>()];
    sequences.place = (envelope) => {
      (asked.has(envelope) ? askedTwice : asked).add(envelope);
      return place(envelope);
    };
    /** Call it when people heard something wrong. */
    const onePlace = () => {
      if (askedTwice.size > 0)
        fail(
          "this.sequences.place was asked twice about one envelope. The second answer is always 'old'. Ask once, and keep the answer in a variable.",
          { hint: 2 },
        );
    };
    return { ...opened, ann, hear, after, onePlace };
  };

  check('people hear a message from another node once', async () => {
    const { hear, onePlace } = await begin();
    const heard = await hear(fromOther({}));
    if (heard.length === 0) onePlace();
    if (heard.length === 2)
      fail(`Another node's message "Hi" came once, and Ann heard ${show(heard)}. this.hear already sends it to her.`, {
        hint: 2,
      });
    expect(
      heard,
      'A message "Hi" for the lobby came from another node. Ann, in the lobby on this node, should hear it once: this.hear(envelope) does that.',
    ).toEqual(['Hi']);
    expect(
      await hear(fromOther({ node: 'node-10', message: said('node-1 is back') })),
      "Node-10 sent the text 'node-1 is back' to node-1, and Ann on node-1 should hear it. A node's own messages are those whose envelope.node is exactly this.name.",
    ).toEqual(['node-1 is back']);
  });
  check('only people in its room hear it', async () => {
    const { come, hear } = await begin();
    const bob = await come('Bob', 'kitchen');
    expect(
      await hear(fromOther({ room: 'kitchen' })),
      'A message for the kitchen came from another node, and Ann in the lobby heard something.',
    ).toEqual([]);
    expect(
      brief(await bob.heard()),
      'A message "Hi" for the kitchen came from another node. Bob in the kitchen should hear it.',
    ).toEqual(['Hi']);
  });
  check(
    "the node's own message is not heard twice",
    async () => {
      const { node, hear } = await begin();
      expect(
        await hear(fromOther({ node: 'node-1' })),
        "The node's own message came back from Redis, and Ann heard it again. Her node has shown it to her already: return if envelope.node is this.name.",
      ).toEqual([]);
      expect(
        node.dropped,
        "The node's own message came back from Redis and was counted in this.dropped. It is a valid envelope.",
      ).toBe(0);
    },
    { hint: 2 },
  );
  const rubbish: [string, string][] = [
    ['hello from another application', 'a text that is not JSON'],
    ['null', 'the text "null"'],
    ['7', 'a number'],
    [fromOther({ v: 2 }), 'an envelope of version 2'],
    [fromOther({ seq: 'many' }), 'an envelope whose seq is a text'],
    [fromOther({ message: { type: 'format', disk: 'c:' } }), 'an envelope with an unknown message'],
    [JSON.stringify({ v: 1, node: 'node-2' }), 'half an envelope'],
  ];
  for (const [text, what] of rubbish) {
    check(`${what} is dropped and counted, and the next message is heard`, async () => {
      const { node, ann } = await begin();
      const thrown = thrownBy(() => [1, 2].forEach(() => node.receive(text)));
      if (thrown)
        fail(
          `receive() threw on ${what}: a ${(thrown as Error)?.name}. An error here would lose all other messages that arrived in the same piece of data. Put try and catch around readEnvelope(text).`,
        );
      expect(
        node.dropped,
        `After ${what} came twice, this.dropped is wrong. Add 1 for each text that is not an envelope.`,
      ).toBe(2);
      node.receive(fromOther({}));
      expect(
        brief(await ann.heard()),
        `After ${what}, a valid message "Hi" came. Ann should hear "Hi" and nothing else.`,
      ).toEqual(['Hi']);
      expect(node.dropped, `After ${what} came twice, a valid envelope came and was counted in this.dropped.`).toBe(2);
    });
  }
  check(
    'an old envelope is not heard again',
    async () => {
      const { node, hear } = await begin();
      expect(
        await hear(fromOther({ seq: 5 }), fromOther({ seq: 5 })),
        "Another node's message number 5 came twice, and Ann should hear it once. this.sequences.place(envelope) says 'old' about the second one.",
      ).toEqual(['Hi']);
      expect(
        node.dropped,
        "Another node's message number 5 came twice, and was counted in this.dropped. Only texts that are not envelopes count.",
      ).toBe(0);
    },
    { hint: 2 },
  );
  check(
    'number 5, then 7: people are told that something is missing',
    async () => {
      const { hear, onePlace } = await begin();
      const seven = fromOther({ seq: 7, message: said('seven') });
      const heard = await hear(fromOther({ seq: 5, message: said('five') }), seven);
      if (heard.join() !== 'five,gap,seven') onePlace();
      const got = `Another node's messages number 5 and 7 came, and 6 never did. Ann heard ${show(heard)}; expected [ 'five', 'gap', 'seven' ].`;
      if (heard.join() === 'five,seven,gap')
        fail(`${got} Send \`gap\` before the message, because that is the place where something is missing.`);
      if (heard.join() === 'five' || heard.join() === 'five,gap')
        fail(`${got} After a gap the message itself is new, too: leave out only those whose place is 'old'.`);
      if (heard.join() === 'five,seven') fail(`${got} If the place is 'gap', first send { type: 'gap' } to the room.`);
      expect(heard, 'Wrong messages after the numbers 5 and 7 of another node, when 6 never came.').toEqual([
        'five',
        'gap',
        'seven',
      ]);
      expect(
        await hear(fromOther({ seq: 5, message: said('five') }), fromOther({ seq: 8, message: said('eight') })),
        'After number 7, number 5 came again and then 8. 5 is old, and nothing is missing before 8: Ann should hear "eight" and nothing else.',
      ).toEqual(['eight']);
    },
    { hint: 2 },
  );
  check(
    'nothing that came from the bus is published again',
    async () => {
      const { bus, hear } = await begin();
      bus.published.length = 0;
      await hear(fromOther({}));
      expect(
        bus.published.map(({ channel }) => channel),
        'A message that came from the bus was published on it again. With three nodes, one message would go round for ever. this.hear stays on this node; this.deliver does not.',
      ).toEqual([]);
    },
    { hint: 2 },
  );
  check(
    '`gap` goes to everyone in that room on this node, and only to them',
    async () => {
      const { node, bus, ann, come } = await begin();
      const bob = await come('Bob', 'kitchen');
      await ann.heard();
      bus.published.length = 0;
      const [{ userId }] = node.chat.rooms.users('lobby');
      for (const seq of [5, 7]) node.receive(fromOther({ seq, except: userId }));
      const heard = brief(await ann.heard());
      if (heard.includes('Hi'))
        fail(
          `Numbers 5 and 7 came with Ann in \`except\`, and 6 never did. Ann heard ${show(heard)}; expected [ 'gap' ]. She is in \`except\`, and got the message itself: pass envelopes to this.hear, which leaves her out.`,
        );
      expect(
        heard,
        'Numbers 5 and 7 came with Ann in `except`, and 6 never did. Ann should get `gap`: she is the exception for number 7, but nobody knows who number 6 was for. Broadcast `gap` without an exception.',
      ).toEqual(['gap']);
      expect(
        brief(await bob.heard()),
        'A message is missing in the lobby, and Bob in the kitchen heard something. Send `gap` to envelope.room only.',
      ).toEqual([]);
      expect(
        bus.published.map(({ channel }) => channel),
        'A message is missing on this node, and something was published. Other nodes may have got that message: use this.chat.broadcast, which stays on this node.',
      ).toEqual([]);
    },
    { hint: 2 },
  );
  check(
    '`gap` goes to the room that the envelope names',
    async () => {
      const { node, ann, come } = await begin();
      const bob = await come('Bob', 'kitchen');
      await ann.heard();
      for (const seq of [5, 7]) node.receive(fromOther({ seq, room: 'kitchen', message: said(`number ${seq}`) }));
      expect(
        [brief(await ann.heard()), brief(await bob.heard())],
        'Numbers 5 and 7 came for the kitchen, and 6 never did. Ann in the lobby should hear nothing, and Bob in the kitchen should hear everything, also the `gap`: send it to envelope.room.',
      ).toEqual([[], ['number 5', 'gap', 'number 7']]);
    },
    { hint: 2 },
  );
  check(
    'a message for a room that everybody has left: no false `gap` later',
    async () => {
      const { node, ann, come } = await begin();
      node.receive(fromOther({ seq: 5, room: 'kitchen' })); // its UNSUBSCRIBE is still on its way
      const bob = await come('Bob', 'kitchen');
      node.receive(fromOther({ seq: 9, room: 'kitchen', message: said('nine') }));
      expect(
        brief(await bob.heard()),
        'Number 5 came for the kitchen while nobody was there. Then Bob joined, and number 9 came. He has missed nothing since he joined, so there should be no `gap`. Pass every new envelope to this.hear, which knows what to do with it.',
      ).toEqual(['nine']);
      expect(brief(await ann.heard()), 'Messages came for the kitchen, and Ann in the lobby heard something.').toEqual(
        [],
      );
    },
    { hint: 2 },
  );
  check(
    'people in `except` do not hear the message, the others do',
    async () => {
      const { node, ann, come } = await begin();
      const bob = await come('Bob', 'lobby');
      await ann.heard();
      const [{ userId }] = node.chat.rooms.users('lobby');
      node.receive(fromOther({ message: { type: 'joined', userId, name: 'Ann' }, except: userId }));
      expect(
        brief(await ann.heard()),
        "A message came with Ann's userId in `except`, and Ann heard it. this.hear(envelope) leaves her out.",
      ).toEqual([]);
      expect(
        brief(await bob.heard()),
        "A `joined` message came with Ann's userId in `except`. Bob, in the same room, should hear it.",
      ).toEqual(['joined']);
    },
    { hint: 2 },
  );
  check(
    'the history has it, for people who come back to this node',
    async () => {
      const { hear, after } = await begin();
      await hear(fromOther({ message: said('one') }), fromOther({ seq: 2, message: said('two') }));
      const history = await after('id of one');
      if (history === undefined)
        fail(
          'Two messages came from another node, and they are not in the history of this node. People who come back to it would miss them. Use this.hear(envelope): it tells the people and adds to the history.',
        );
      expect(
        history,
        'The messages "one" and "two" came from another node. Wrong messages after "one" in the history: this.hear(envelope) adds each of them once.',
      ).toEqual(['two']);
      await hear(fromOther({ seq: 3, message: { type: 'gap' } }));
      if ((await after('id of one')) !== undefined)
        fail(
          'Another node sent `gap`, and this node still replays its history from before as if it were complete. Use this.hear(envelope) for every message: it makes the history forget.',
        );
    },
    { hint: 2 },
  );
  check(
    "the node's own numbers are not looked at",
    async () => {
      const { hear, after } = await begin();
      await hear(fromOther({ message: said('one') }));
      if ((await after('id of one')) === undefined)
        fail(
          'A message came from another node, and it is not in the history of this node. Use this.hear(envelope): it tells the people and adds to the history.',
        );
      expect(
        await hear(fromOther({ node: 'node-1' }), fromOther({ node: 'node-1', seq: 3 })),
        "The node's own messages number 1 and 3 came back, and 2 did not. Ann should hear nothing: her node has shown all of them to her.",
      ).toEqual([]);
      if ((await after('id of one')) === undefined)
        fail(
          "The node's own messages number 1 and 3 came back, and 2 did not. this.sequences.place took that for a gap, and the history was forgotten. Compare envelope.node with this.name before you ask for the place.",
        );
    },
    { hint: 2 },
  );
  check(
    '`typing` is heard, and uses no number',
    async () => {
      const { hear } = await begin();
      const typing = fromOther({ seq: 2, message: { type: 'typing', userId: 'u9', name: 'Zoe' } });
      expect(
        await hear(fromOther({}), typing, fromOther({ seq: 2, message: said('two') })),
        'A text with number 1 came, then `typing` and another text, both with number 2. Ann should hear all three: this.sequences.place knows that `typing` has no number of its own.',
      ).toEqual(['Hi', 'typing', 'two']);
    },
    { hint: 2 },
  );
  check(
    'a restarted node counts from 1 again, in another epoch',
    async () => {
      const { hear } = await begin();
      expect(
        await hear(fromOther({ seq: 5 }), fromOther({ seq: 1, epoch: 'f', message: said('back') })),
        'Number 5 of another node came. Then it restarted, and sent number 1 with another epoch. Ann should hear both: this.sequences.place looks at the epoch, too.',
      ).toEqual(['Hi', 'back']);
    },
    { hint: 2 },
  );
});
