import { Child } from './child.ts';
import { CHAT, NODE, type Running } from './contenders.ts';
import { withContests } from './contest.ts';
import { burstsFor, measure } from './deliveries.ts';
import { against, count, deviation, fixed, median, times, type Table } from './figures.ts';
import type { Progress } from './progress.ts';

const ROOMS = [1, 100, 10_000];
const NODES = [1, 2, 4];
const CLIENTS = 100;
/** Messages that a node sends before all of them are waited for. */
const MESSAGES = 40;

interface Amount {
  rounds: number;
  cpuMs: number;
  burst: number;
  bursts: number;
}

/** What a delivery costs if the same server has many other rooms. Each of them has one member without a real connection. */
export async function rooms({ rounds, cpuMs, burst, bursts: most }: Amount, progress: Progress): Promise<Table> {
  const chats = [CHAT, NODE];
  progress.begin('many rooms', (rounds + 1) * chats.length * ROOMS.length);
  const setting = { clients: CLIENTS, perTurn: 1, burst };
  return withContests(
    chats.flatMap((chat) => ROOMS.map(() => chat)),
    async (contests) => {
      for (const [i, { server, connect }] of contests.entries()) {
        await connect(CLIENTS);
        await server.ask('openRooms', ROOMS[i % ROOMS.length] - 1);
      }
      const step = (): void => progress.step();
      const bursts = await burstsFor(cpuMs, most, contests, setting, step);
      const figures = await measure(contests, setting, { rounds, bursts }, step);
      const ratios = figures.map((one, i) => against(one, figures[i - (i % ROOMS.length)]));
      return {
        id: 'rooms',
        title: `Server CPU per delivery to ${CLIENTS} clients, by the number of rooms, against one room`,
        columns: ROOMS.map((rooms) => count(rooms)),
        rows: chats.map(({ label }, i) => ({
          label,
          cells: ROOMS.map((_, j) => times(median(ratios[i * ROOMS.length + j]))),
        })),
        noise: deviation(ratios.filter((_, i) => i % ROOMS.length > 0)),
      };
    },
  );
}

interface Group {
  servers: Child[];
  load: Child;
  ports: number[];
  perDelivery: number[];
}

/** What a delivery costs if the clients are on several nodes: the CPU time of all of them together. */
export async function nodes(redis: string, { rounds }: Amount, progress: Progress): Promise<Table> {
  progress.begin('several nodes', (rounds + 1) * NODES.length);
  const groups = NODES.map((size): Group => ({
    servers: Array.from({ length: size }, () => new Child('server.ts')),
    load: new Child('load.ts'),
    ports: [],
    perDelivery: [],
  }));
  try {
    for (const { servers, load, ports } of groups) {
      for (const server of servers) {
        const prefix = `bench-${servers.length}`;
        const { port, speech } = await server.ask<Running>('start', { file: NODE.file, redis, prefix });
        await load.ask('connect', { port, speech, count: CLIENTS });
        ports.push(port);
      }
    }
    for (let round = 0; round <= rounds; round++) {
      for (const group of groups) {
        const spent = await once(group);
        if (round > 0) group.perDelivery.push(spent); // the first round only warms up
        progress.step();
      }
    }
  } finally {
    await Promise.all(groups.flatMap(({ servers, load }) => [load, ...servers]).map((child) => child.stop()));
  }
  const ratios = groups.map(({ perDelivery }) => against(perDelivery, groups[0].perDelivery));
  return {
    id: 'nodes',
    title: `CPU of all nodes per delivery, by the number of nodes, with ${CLIENTS} clients on each, over Redis`,
    columns: NODES.map((size) => (size === 1 ? '1 node' : `${size}`)),
    rows: [
      { label: `${NODE.label}, in µs`, cells: groups.map(({ perDelivery }) => fixed(median(perDelivery), 2)) },
      { label: `${NODE.label}, against one node`, cells: ratios.map((one) => times(median(one))) },
    ],
    noise: deviation(ratios.slice(1)),
  };
}

/** The first node sends some messages, one per turn. @returns µs of CPU per delivery, of all nodes together */
async function once({ servers, load, ports }: Group): Promise<number> {
  for (const server of servers) await server.ask('cpu');
  await Promise.all([
    servers[0].ask('burst', { turns: MESSAGES, perTurn: 1 }),
    ...ports.map((port) => load.ask('hear', { port, count: MESSAGES * CLIENTS })),
  ]);
  let spent = 0;
  for (const server of servers) spent += await server.ask<number>('cpu');
  return spent / (MESSAGES * CLIENTS * servers.length);
}
