import { fail, show, type Trial } from '#kit';
import { back, brief, openNode, openRedis, until } from './stage.ts';

type Node = Awaited<ReturnType<typeof openNode>>;
type Person = Awaited<ReturnType<Node['come']>>;

/** Three nodes on one Redis, with two people on each: Ann and Dan on the first, Bob and Eve on the second, Cleo and Finn on the third. */
async function openCluster(): Promise<{ nodes: Node[]; people: Person[] }> {
  const { url } = await openRedis();
  const nodes: Node[] = [];
  for (const i of [1, 2, 3]) nodes.push(await openNode(`node ${i}`, url, undefined, true));
  const people: Person[] = [];
  for (const [i, who] of ['Ann', 'Bob', 'Cleo', 'Dan', 'Eve', 'Finn'].entries())
    people.push(await nodes[i % 3].come(who, 'lobby'));
  return { nodes, people };
}

export const CLUSTER_TRIALS: Trial[] = [
  {
    tried: 'Three nodes, six people; node 1 is switched off, and its people come back elsewhere',
    blames: '5.4',
    together: true,
    async run() {
      const { nodes, people } = await openCluster();
      await conversation(people, 'before');

      // As if its machine were switched off: no goodbye to anybody, neither to its people nor to Redis.
      const [first, second, third] = nodes;
      first.line.state.isRefusing = true;
      first.line.cut();
      for (const socket of first.node.app.wss.clients) socket.terminate();
      for (const person of [people[0], people[3]]) await person.client.closed(`the end of ${person.name}'s connection`);
      const others = people.filter((_, i) => i % 3 > 0);
      await conversation(others, 'meanwhile');
      const back = [
        await second.come('Ann', 'lobby', people[0].issued),
        await third.come('Dan', 'lobby', people[3].issued),
      ];
      await conversation([...others, ...back], 'afterwards');
      return 'Six people heard all 60 messages once, the four on nodes 2 and 3 went on, and all six talked again.';
    },
  },
  {
    tried: 'Redis is out of reach for all three nodes, and comes back',
    blames: '5.4',
    together: true,
    async run() {
      const { nodes, people } = await openCluster();
      for (const { line, bus } of nodes) {
        line.state.isRefusing = true;
        line.cut();
        await until(bus, 'down', 'after Redis was cut off');
      }
      for (const [i] of nodes.entries()) await conversation([people[i], people[i + 3]], `on node ${i + 1} alone`);
      for (const { line } of nodes) line.state.isRefusing = false;
      for (const { bus } of nodes) await back(bus, 'after Redis came back');
      for (const person of people)
        await person.upTo(({ type }) => type === 'gap', `gap, for ${person.name}, after Redis came back`);
      await conversation(people, 'together again');
      return 'Without Redis each node served its own people. Then everyone was told gap, and talked again.';
    },
  },
];

/** Everybody says ten things, and hears each of them once: those of each person in order. */
async function conversation(people: Person[], when: string): Promise<void> {
  const said = people.map(({ name }) => Array.from({ length: 10 }, (_, i) => `${name} ${when} ${i}`));
  for (let i = 0; i < 10; i++)
    for (const [who, person] of people.entries()) person.say({ type: 'chat', text: said[who][i] });
  const ends = new Set(said.map((words) => words[9]));
  for (const person of people) {
    const heard: string[] = [];
    const missing = new Set(ends);
    while (missing.size > 0) {
      const words = `the last words ${when} of ${[...missing].join(', ')}, for ${person.name}`;
      const [one] = await person.upTo((message) => message.type === 'chat', words).then((all) => brief(all.slice(-1)));
      heard.push(one);
      missing.delete(one);
    }
    heard.push(...brief(await person.heard()).filter((text) => said.flat().includes(text)));
    for (const [who, words] of said.entries()) {
      const got = heard.filter((text) => words.includes(text));
      if (show(got) === show(words)) continue;
      const twice = got.find((text, i) => got.indexOf(text) !== i);
      const what = `${people[who].name} said ten things ${when}, and ${person.name} heard ${got.length}`;
      if (twice) fail(`${what}: "${twice}" came twice.`, { blames: '5.3' });
      fail(`${what}: ${show(got)}. Expected each once and in order.`);
    }
  }
}
