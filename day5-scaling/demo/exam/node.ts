import { fail, load, rawConnect, show, within, type RawPeer, type Trial } from '#kit';
import { readEnvelope } from '#day5/given/envelope.ts';
import { handshake } from '#tools/tests/helpers/day3/app.ts';
import { brief, openClient, openNode, openRedis, until } from './stage.ts';

const FAR = { v: 1, node: 'a far node', epoch: 'one', room: 'lobby' };
const chat = (text: string) => ({ type: 'chat', id: text, userId: 'far', name: 'Zoe', text, timestamp: 0 });

/** What may be on a bus that everybody can write to. */
const GARBAGE = [
  '',
  'x',
  'null',
  '[]',
  '{}',
  '{"v":2}',
  JSON.stringify({ ...FAR, seq: 1, message: { type: 'dance' } }),
];

export const NODE_TRIALS: Trial[] = [
  {
    tried: "Garbage on the bus, messages twice, messages missing, and the node's own",
    blames: '5.3',
    async run() {
      const { url } = await openRedis();
      const { node, come, name } = await openNode('node 1', url, ['receive']);
      const ann = await come('Ann', 'lobby');
      const far = await openClient(url);
      const channel = node.channelOf('lobby');
      const say = (seq: number, text: string, from = FAR.node) =>
        far.publish(channel, JSON.stringify({ ...FAR, node: from, seq, message: chat(text) }));
      await say(1, 'one');
      for (const text of GARBAGE) await far.publish(channel, text);
      await say(2, 'two');
      await say(2, 'two');
      await say(1, 'my own', name);
      await say(5, 'five');
      await say(3, 'three, much too late');
      await say(6, 'the end');
      const heard = brief(await ann.upToText('the end'));
      const right = ['one', 'two', 'gap', 'five', 'the end'];
      if (show(heard) !== show(right))
        fail(
          `A far node sent messages 1, 2, 2 again, 5, 3 and 6, and there was garbage between them. Ann heard ${show(heard)}. Expected ${show(right)}.`,
        );
      if (node.dropped !== GARBAGE.length)
        fail(`${GARBAGE.length} texts were garbage, and node.dropped is ${node.dropped}.`);
      return 'Ann heard each message once, and gap where some were missing. The garbage was only counted.';
    },
  },
  {
    tried: 'Ann says 60 things, the last 10 while Redis is gone',
    blames: '5.4',
    async run() {
      const { url } = await openRedis();
      const { node, bus, line, come, name } = await openNode('node 1', url, ['deliver']);
      const ann = await come('Ann', 'lobby');
      const bob = await come('Bob', 'lobby');
      const ear = await openClient(url);
      const texts: string[] = [];
      let wake = (): void => {};
      await ear.subscribe(node.channelOf('lobby'), (text) => void (texts.push(text), wake()));
      const all = new Promise<void>(
        (resolve) => (wake = () => texts.some((text) => text.includes('word 49')) && resolve()),
      );
      const words = Array.from({ length: 50 }, (_, i) => `word ${i}`);
      for (const text of words) ann.say({ type: 'chat', text });
      for (const person of [ann, bob]) {
        const heard = brief(await person.upToText('word 49')).filter((one) => one.startsWith('word'));
        if (show(heard) !== show(words))
          fail(`Ann said 50 things. ${person.name}, on her node, heard ${heard.length} of them, or not in order.`);
      }
      await within(all, 'the last of 50 envelopes in Redis', () => `${texts.length} texts arrived there.`);
      const sent = texts.map((text) => {
        try {
          return readEnvelope(text);
        } catch {
          return fail(`The node published ${show(text)}, which is not an envelope.`);
        }
      });
      const [{ epoch, seq: first }] = sent;
      for (const [i, one] of sent.entries())
        if (one.node !== name || one.room !== 'lobby' || one.epoch !== epoch || one.seq !== first + i)
          fail(
            `Envelope ${i + 1} of 50 is ${show({ ...one, message: '…' })}. Expected ${show({ node: name, epoch, seq: first + i, room: 'lobby' })}.`,
          );

      await bus.publish('a fence', ''); // Redis has answered all that went out before
      line.state.isRefusing = true;
      line.cut();
      await until(bus, 'down', 'after Redis was cut off');
      for (let i = 0; i < 10; i++) ann.say({ type: 'chat', text: `alone ${i}` });
      const alone = brief(await bob.upToText('alone 9')).filter((one) => one.startsWith('alone '));
      if (alone.length !== 10)
        fail(`Redis was gone, Ann said ten things, and Bob, on her node, heard ${alone.length}.`);
      await ann.heard();
      if (node.unpublished !== 10)
        fail(`Redis was gone, Ann said ten things, and node.unpublished is ${node.unpublished}.`);
      return 'Her node heard all 60 at once, the others got 50 numbered envelopes, and 10 were counted as dropped.';
    },
  },
  {
    tried: '20 people join a room at the same moment, in five rooms',
    blames: '5.5',
    async run() {
      const { url } = await openRedis();
      const { node, come } = await openNode('node 1', url, ['retainRoom']);
      const far = await openClient(url);
      const people = await Promise.all(Array.from({ length: 20 }, (_, i) => come(`Person ${i}`, `room ${i % 5}`)));
      for (let room = 0; room < 5; room++) {
        const message = chat(`hello room ${room}`);
        const count = await far.publish(
          node.channelOf(`room ${room}`),
          JSON.stringify({ ...FAR, room: `room ${room}`, seq: 1, message }),
        );
        if (count !== 1)
          fail(
            `Four people have joined room ${room}, and got init. Redis counts ${count} subscribers to ${node.channelOf(`room ${room}`)}. Expected one, the node.`,
          );
      }
      for (const [i, person] of people.entries()) {
        await person.upToText(`hello room ${i % 5}`);
        const more = brief(await person.heard()).filter((one) => one.startsWith('hello'));
        if (more.length > 0) fail(`A message from another node reached ${person.name} ${more.length + 1} times.`);
      }
      return 'One subscription per room, there before anybody got init. Everyone heard the other nodes once.';
    },
  },
  {
    tried: 'Somebody joins and leaves 50 times, the last one stays a while',
    blames: '5.6',
    async run() {
      const { url } = await openRedis();
      const { node, come } = await openNode('node 1', url, ['releaseRoom']);
      const far = await openClient(url);
      const ann = await come('Ann', 'lobby');
      for (let i = 0; i < 50; i++)
        for (const room of ['cellar', 'lobby']) {
          ann.say({ type: 'join', room });
          await ann.upTo((message) => message.type === 'init' && message.room === room, `init of the ${room}`);
        }
      const count = await far.publish(
        node.channelOf('lobby'),
        JSON.stringify({ ...FAR, seq: 1, message: chat('still there?') }),
      );
      if (count !== 1)
        fail(`Ann is in the lobby, after 50 times in and out. Redis counts ${count} subscribers to it. Expected one.`);
      await ann.upToText('still there?');
      ann.client.socket.close();
      await ann.client.closed();
      await within(
        emptied(far, [node.channelOf('lobby'), node.channelOf('cellar')]),
        'the end of the subscriptions',
        () => 'Nobody is in the two rooms any more, and Redis still counts a subscriber.',
      );
      if (node.held.size > 0) fail(`Nobody is in a room, and node.held still has ${show([...node.held.keys()])}.`);
      return 'The lobby stayed subscribed while Ann was there. In the end nothing was.';
    },
  },
  {
    tried: 'The node is shut down, with ten good clients and one that never answers',
    blames: '5.7',
    async run() {
      const { shutdown } = await load(() => import('#day5/shutdown.ts'), 'shutdown');
      const { url } = await openRedis();
      const patient = await openNode('node 1', url, []);
      const people = [];
      for (let i = 0; i < 10; i++) people.push(await patient.come(`Person ${i}`, 'lobby'));
      const silent = await silentClient(patient.port, patient.token());
      const ended = within(
        shutdown(patient.node, { batch: 3, pauseMs: 1, deadlineMs: 60_000 }),
        'the end of shutdown()',
        () => `${patient.node.app.wss.clients.size} connections are left.`,
      );
      ended.catch(() => {});
      for (const person of people) {
        const { code } = await person.client.closed(`the end of ${person.name}'s connection`);
        if (code !== 1012) fail(`${person.name} was closed with ${code}. Expected 1012, service restart.`);
      }
      const late = await rawConnect(patient.port, { upgrade: false });
      late.write('GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n');
      const head = await late.takeUntil('\r\n', 'the answer of /healthz');
      if (!head.includes(' 503 '))
        fail(
          `The node is shutting down, and /healthz answers "${head.trim()}". Expected 503: a balancer would send new clients here.`,
        );
      silent.socket.destroy();
      await ended;
      if (patient.node.app.server.listening) fail('shutdown() is over, and the port is still in use: call node.end().');

      const hasty = await openNode('node 2', url, []);
      const mute = await silentClient(hasty.port, hasty.token());
      const over = shutdown(hasty.node, { deadlineMs: 100 });
      await within(over, 'the end of shutdown() after its deadline', () => 'A client that never answers holds it up.');
      await mute.end('the end of a connection that never answered');
      return 'Everyone was told 1012, nobody new was let in, and the silent one was cut at the deadline.';
    },
  },
];

/** Resolves when nobody is subscribed to these channels. */
async function emptied(client: Awaited<ReturnType<typeof openClient>>, channels: string[]): Promise<void> {
  for (const channel of channels) while ((await client.publish(channel, '')) > 0);
}

/** A client with a valid token that reads nothing, and answers nothing. */
async function silentClient(port: number, token: string): Promise<RawPeer> {
  const peer = await rawConnect(port, { upgrade: false });
  peer.write(handshake(`chat, token.${token}`));
  await peer.takeUntil('\r\n\r\n', 'the answer to the handshake');
  return peer;
}
