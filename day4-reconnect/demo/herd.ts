/** The thundering herd: when 10,000 clients come back to a server that was down for 10 s. The time is simulated. `npx tsx day4-reconnect/demo/herd.ts` */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { colour } from '#tools/serve/colour.ts';
import { readDemo } from '#tools/serve/demo.ts';
import { BAR_S, bars, svg } from './herd/draw.ts';
import { POLICIES, simulate, type Herd, type Policy } from './herd/simulate.ts';
import { seeded } from './herd/random.ts';

const {
  clients,
  seed,
  svg: draw,
} = readDemo({
  file: 'day4-reconnect/demo/herd.ts',
  says: 'When do 10,000 clients come back after an outage, with and without jitter? It is simulated',
  flags: {
    clients: { says: 'how many clients', usual: 10_000, least: 1, most: 1_000_000 },
    seed: { says: 'the same seed gives the same random numbers', usual: 1, least: 1, most: 2 ** 31 },
    svg: { says: 'also draws day4-reconnect/demo/herd.svg again' },
  },
});
const OUTAGE = 10_000;
const herds = (Object.keys(POLICIES) as Policy[]).map((policy): [Policy, Herd] => [
  policy,
  simulate(policy, clients, OUTAGE, seeded(seed)),
]);
const most = Math.max(...herds.map(([, { peak }]) => peak));
console.log(
  `${colour.bold(`When do ${clients} clients come back? They lose their server at 0 s, and it is up again at ${OUTAGE / 1000} s.`)}\nBase 1 s, cap 30 s, seed ${seed}. Each bar: the busiest tenth of a second in ${BAR_S} s, on one scale.\n`,
);
for (const [policy, herd] of herds) console.log(bars(policy, herd, most));
if (draw) {
  const path = fileURLToPath(new URL('herd.svg', import.meta.url));
  writeFileSync(path, svg(herds, clients, OUTAGE));
  console.log(`The picture is in ${path}`);
}
