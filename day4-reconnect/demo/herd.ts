/** The thundering herd: when 10,000 clients come back to a server that was down for 10 s. The time is simulated. `npx tsx day4-reconnect/demo/herd.ts` */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fail } from '#tools/serve/flags.ts';
import { BAR_S, bars, svg } from './herd/draw.ts';
import { POLICIES, simulate, type Herd, type Policy } from './herd/simulate.ts';
import { seeded } from './herd/random.ts';

const { clients, seed, draw } = read();
const OUTAGE = 10_000;
const herds = (Object.keys(POLICIES) as Policy[]).map((policy): [Policy, Herd] => [
  policy,
  simulate(policy, clients, OUTAGE, seeded(seed)),
]);
const most = Math.max(...herds.map(([, { peak }]) => peak));
console.log(
  `When do ${clients} clients come back? They lose their server at 0 s, and it is up again at ${OUTAGE / 1000} s.\nBase 1 s, cap 30 s, seed ${seed}. Each bar: the busiest tenth of a second in ${BAR_S} s, on one scale.\n`,
);
for (const [policy, herd] of herds) console.log(bars(policy, herd, most));
if (draw) {
  const path = fileURLToPath(new URL('herd.svg', import.meta.url));
  writeFileSync(path, svg(herds, clients, OUTAGE));
  console.log(`The picture is in ${path}`);
}

function read() {
  try {
    const { values } = parseArgs({
      options: {
        clients: { type: 'string', default: '10000' },
        seed: { type: 'string', default: '1' },
        svg: { type: 'boolean', default: false },
      },
    });
    const number = (name: string, text: string, most: number): number =>
      /^[1-9]\d*$/.test(text) && Number(text) <= most
        ? Number(text)
        : fail(`--${name} takes a whole number from 1 to ${most}, but got "${text}".`);
    return {
      clients: number('clients', values.clients, 1_000_000),
      seed: number('seed', values.seed, 2 ** 31),
      draw: values.svg,
    };
  } catch (error) {
    return fail(
      `${(error as Error).message.replace(/\. To specify.*/s, '').replace(/[^.]$/, '$&.')} The flags are: --clients N, --seed N, --svg.`,
    );
  }
}
