import { clearLine, cursorTo } from 'node:readline';
import type { Redis } from '#tools/brokers/redis.ts';
import { converse } from './conversation.ts';
import { countLines, inTurns, onTheWire, type Counted } from './compare.ts';
import type { Options } from './options.ts';
import { asItComes, own, webSocketOnly } from './sides.ts';
import { openStage } from './stage.ts';
import { lines, table } from './table.ts';

const SAYS = `
Socket.IO gives: rooms, acknowledgements, HTTP long-polling where no WebSocket gets through, a
client that reconnects with backoff, and connection state recovery: on one node, or by its adapters
for Redis Streams and MongoDB. By this one, for Redis Pub/Sub, it does not recover.
It does not: talk to plain WebSocket clients (its packets are its own: 42["chat",{…}]); go without
sticky sessions while it polls (another node answers 400); deliver more than at most once, unless
you ask for acknowledgements and retries.`;

/** The whole demonstration, on the terminal. */
export async function show(redis: Redis, { messages, rounds, files }: Omit<Options, 'help'>): Promise<void> {
  const stage = await openStage(webSocketOnly, redis.url);
  console.log(
    `The chat on Socket.IO: two nodes, on ports ${stage.ports.join(' and ')}, over ${redis.kind} ${redis.version}.`,
  );
  await converse(stage, (step, heard) => console.log(`  ${step.padEnd(29)} ${heard}`));

  const [ownStage, counted] = [await openStage(own, redis.url), await countLines()];
  progress(`Measuring: ${rounds} rounds of ${messages} messages, of each chat in turn …`);
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
  console.log(`Lines that both nodes load, ${lines(counted.both).text}, count for neither; --files lists all. Day 5's do
more: history, gaps told, a word when Redis is gone, slow readers cut off, a gentle stop. Time: a
ratio, median of ${rounds} rounds in turns, from node to node in one process. Blank: as on its left.`);
  console.log(SAYS);
  if (files) console.log(listed(counted));
  await stage.stop();
  await ownStage.stop();
}

/** A line that goes again, on a terminal alone. */
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
