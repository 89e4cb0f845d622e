import { sourcesOf, type Source } from './lines.ts';
import { BURST, message, opening, openPair, race } from './measure.ts';
import { asItComes, own, webSocketOnly } from './sides.ts';
import type { Stage } from './stage.ts';
import { lines, plain, ratio, upAndDown, type Row } from './table.ts';

const HERE = 'day5-scaling/demo/socket-io';

/** The lines that were counted: those of one side, and those that both sides load. */
export interface Counted {
  ownNode: Source[];
  node: Source[];
  ownClient: Source[];
  client: Source[];
  both: Source[];
}

export async function countLines(): Promise<Counted> {
  const of = (name: string, ...more: string[]): Promise<Source[]> => sourcesOf(`${HERE}/${name}.ts`, ...more);
  // Both nodes need the file that knows the tokens.
  const [ownNode, node, ownClient, client] = await Promise.all([
    of('own-node'),
    of('node', 'day3-chat/given/tokens.ts'),
    of('own-client'),
    of('client'),
  ]);
  const isIn = (sources: Source[]) => (one: Source) => sources.some(({ path }) => path === one.path);
  const without = (sources: Source[], others: Source[]) => sources.filter((one) => !isIn(others)(one));
  const both = ownNode.filter(isIn(node));
  return {
    ownNode: without(ownNode, both),
    node: without(node, both),
    ownClient: without(ownClient, ownNode),
    client,
    both,
  };
}

/** The rows about code and bytes. The columns are the course's own chat, Socket.IO with WebSocket only, and Socket.IO with its defaults. */
export async function onTheWire(counted: Counted, ownStage: Stage, stage: Stage): Promise<Row[]> {
  const opened = [await opening(own, ownStage), await opening(webSocketOnly, stage), await opening(asItComes, stage)];
  const rows: Row[] = [
    { what: 'lines of code: a node', cells: [lines(counted.ownNode), lines(counted.node)] },
    { what: 'lines of code: a client', cells: [lines(counted.ownClient), lines(counted.client)] },
    { what: 'to connect: TCP connections', cells: opened.map(({ connections }) => plain(connections)) },
    { what: '  HTTP requests', cells: opened.map(({ requests }) => plain(requests)) },
    { what: '  bytes up + down', cells: opened.map(({ up, down }) => upAndDown(up, down)) },
  ];
  for (const size of [5, 100]) {
    const [one, other] = [await message(own, ownStage, size), await message(webSocketOnly, stage, size)];
    rows.push({ what: `a chat of ${size} bytes: bytes up + down`, cells: [upAndDown(...one), upAndDown(...other)] });
  }
  return rows;
}

/** The rows about time. @param count messages per round */
export async function inTurns(ownStage: Stage, stage: Stage, count: number, rounds: number): Promise<Row[]> {
  const pairs = [await openPair(own, ownStage), await openPair(webSocketOnly, stage)] as const;
  const rows: Row[] = [];
  for (const [together, how] of [
    [1, 'one by one'],
    [BURST, `${BURST} at a time`],
  ] as const) {
    const ratios = await race([...pairs], count, rounds, together);
    rows.push({ what: `time of ${count.toLocaleString('en-US')} messages, ${how}`, cells: [plain(1), ratio(ratios)] });
  }
  for (const pair of pairs) pair.close();
  return rows;
}
