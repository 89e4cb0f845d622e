import { clearLine, cursorTo } from 'node:readline';
import { colour } from '#tools/serve/colour.ts';
import type { Redis } from '#tools/brokers/redis.ts';
import { converse } from './conversation.ts';
import { countLines, inTurns, onTheWire, type Counted } from './compare.ts';
import type { Options } from './options.ts';
import { asItComes, own, webSocketOnly } from './sides.ts';
import { openStage } from './stage.ts';
import { lines, table } from './table.ts';

const SAYS = `
Socket.IO has rooms, acknowledgements, HTTP long polling if no WebSocket gets through, a client that
reconnects with backoff, and connection state recovery: on one node, or with its adapters for Redis
Streams and MongoDB. With this adapter, for Redis Pub/Sub, it can't recover.
It can't talk to plain WebSocket clients, because its packets look like 42["chat",{…}]. While it
polls, it needs sticky sessions (another node answers 400). And it delivers at most once, unless you
ask for acknowledgements and retries.`;

/** The whole demonstration, in the terminal. */
export async function show(redis: Redis, { messages, rounds, files }: Options): Promise<void> {
  const stage = await openStage(webSocketOnly, redis.url);
  const sides = `day 5's and one on Socket.IO, over ${redis.kind} ${redis.version}`;
  console.log(colour.bold(`The same chat twice, ${sides}: code, bytes, time`));
  await converse(stage, (step, heard) => console.log(`  ${step.padEnd(29)} ${heard}`));

  const [ownStage, counted] = [await openStage(own, redis.url), await countLines()];
  progress(`Measuring: ${rounds} rounds of ${messages} messages, each chat in turn …`);
  const rows = await onTheWire(counted, ownStage, stage);
  rows.push(...(await inTurns(ownStage, stage, messages, rounds)));
  progress('');
  console.log(
    `\n${table(
      [
        ['', own.name],
        ['Socket.IO,', webSocketOnly.name],
        ['Socket.IO,', asItComes.name],
      ],
      rows,
    )}`,
  );
  console.log(`Lines that both nodes load, ${lines(counted.both).text}, are not counted (--files lists all). Day 5's nodes do
more: history, gap, words when Redis is gone, an end for slow readers, a gentle stop. Times are
ratios: the median of ${rounds} alternating rounds in one process. An empty cell repeats its left one.`);
  console.log(SAYS);
  if (files) console.log(listed(counted));
  await stage.stop();
  await ownStage.stop();
}

/** A line that disappears later, and only in a terminal. */
function progress(text: string): void {
  if (!process.stdout.isTTY) return;
  clearLine(process.stdout, 0);
  cursorTo(process.stdout, 0);
  process.stdout.write(text);
}

function listed(counted: Counted): string {
  const titles = {
    ownNode: "Day 5's node",
    node: "Socket.IO's node",
    both: 'Both nodes, not in the table',
    ownClient: "Day 4's client",
    client: "Socket.IO's client",
  };
  return Object.entries(titles)
    .map(([key, title]) => {
      const sources = counted[key as keyof Counted];
      return `\n${title}: ${lines(sources).text}\n${sources.map(({ path, lines: count }) => `${String(count).padStart(6)}  ${path}`).join('\n')}`;
    })
    .join('\n');
}
