import { histogram, POLICIES, type Herd, type Policy } from './simulate.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Seconds per bar in the terminal, so that all three policies fit on a screen. */
export const BAR_S = 3;

/** One policy for the terminal: one bar per `BAR_S` since the end of the outage, on one scale for all policies. */
export function bars(policy: Policy, { back, peak, failed }: Herd, most: number, outageMs: number, width = 60): string {
  const counts = histogram(
    back.map((ms) => ms - outageMs),
    1000 * BAR_S,
  );
  const rows = counts
    .map((count, i) => ({ count, from: outageMs / 1000 + i * BAR_S }))
    .filter(({ count }) => count > 0);
  const lines = rows.map(
    ({ count, from }) =>
      `${`${from}–${from + BAR_S} s`.padStart(8)} ${'█'.repeat(Math.ceil((count / most) * width))} ${count}`,
  );
  const facts = `peak: ${peak} in a tenth of a second; the last one is back after ${seconds(back[back.length - 1])}; ${failed} failed attempts`;
  return `${policy}: ${POLICIES[policy].formula}\n${lines.join('\n')}\n  ${facts}\n`;
}

/** All policies as one picture, one above the other. Each has its own scale, and names its peak. */
export function svg(herds: [Policy, Herd][], clients: number, outageMs: number): string {
  const [width, height, left, until] = [760, 110, 20, 40];
  const panels = herds.map(([policy, { back, peak }], i) => {
    const counts = histogram(back, 100);
    const top = 34 + i * (height + 50);
    const columns = counts.flatMap((count, tenth) => {
      const tall = (count / peak) * height;
      return count === 0
        ? []
        : [
            `<rect x="${(left + (tenth / 10 / until) * width).toFixed(1)}" y="${(top + height - tall).toFixed(1)}" width="2.2" height="${tall.toFixed(1)}"/>`,
          ];
    });
    const ticks = [0, 10, 20, 30, 40].map(
      (second) =>
        `<text class="tick" x="${left + (second / until) * width}" y="${top + height + 14}">${second} s</text>`,
    );
    return `<text x="${left}" y="${top - 6}">${policy}: at most ${peak} in 0.1 s, the last back after ${seconds(back[back.length - 1])}</text>
<line x1="${left}" x2="${left + width}" y1="${top + height}" y2="${top + height}"/>
${columns.join('')}
${ticks.join('')}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 ${herds.length * (height + 50) + 20}" role="img" aria-label="Arrivals over time of ${clients} clients after an outage of ${outageMs / 1000} s">
<style>svg{background:#faf9f6}text{font:14px sans-serif;fill:#17212b}.tick{font-size:11px;text-anchor:middle}rect{fill:#0b4a8f}line{stroke:#75808b}</style>
${panels.join('\n')}
</svg>
`;
}
