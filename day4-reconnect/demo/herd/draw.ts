import { histogram, POLICIES, type Herd, type Policy } from './simulate.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** A bar that is exact to an eighth of a character, so that 284 looks longer than 170 beside 10,000. */
function bar(characters: number): string {
  const eighths = Math.max(1, Math.round(characters * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8];
}

/** Seconds per bar in the terminal, so that all three policies fit on a screen. */
export const BAR_S = 5;
const TENTHS = BAR_S * 10;

/**
 * One policy for the terminal: one bar per `BAR_S` in which somebody came back.
 *
 * @param most what the longest bar stands for, the same for all policies
 * @returns the busiest tenth of a second of each bar
 */
export function bars(policy: Policy, { back, peak, failed }: Herd, most: number, width = 60): string {
  const counts = histogram(back, 100);
  const lines = [];
  for (let from = 0; from < counts.length; from += TENTHS) {
    const busiest = Math.max(...counts.slice(from, from + TENTHS));
    if (busiest === 0) continue;
    const when = `${from / 10}–${from / 10 + BAR_S} s`;
    lines.push(`${when.padStart(8)} ${bar((busiest / most) * width)} ${busiest}`);
  }
  const facts = `at most ${peak} in a tenth of a second; the last one is back after ${seconds(back[back.length - 1])}; ${failed} failed attempts`;
  return `${policy}: ${POLICIES[policy].formula}\n${lines.join('\n')}\n  ${facts}\n`;
}

/** All policies as one picture, one above the other, on one scale: what the server must bear in a tenth of a second. */
export function svg(herds: [Policy, Herd][], clients: number, outageMs: number): string {
  const [width, height, left, until] = [740, 120, 30, 40];
  const most = Math.max(...herds.map(([, { peak }]) => peak));
  const panels = herds.map(([policy, { back, peak }], i) => {
    const counts = histogram(back, 100);
    const top = 34 + i * (height + 50);
    const columns = counts.flatMap((count, tenth) => {
      const tall = (count / most) * height;
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
    return `<text x="${left}" y="${top - 8}">${policy}: at most ${peak} in 0.1 s, the last back after ${seconds(back[back.length - 1])}</text>
<line x1="${left}" x2="${left + width}" y1="${top}" y2="${top}" class="most"/>
<line x1="${left}" x2="${left + width}" y1="${top + height}" y2="${top + height}"/>
${columns.join('')}
${ticks.join('')}`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 ${herds.length * (height + 50) + 30}" role="img" aria-label="Arrivals over time of ${clients} clients after an outage of ${outageMs / 1000} s, all on one scale">
<style>svg{background:#faf9f6}text{font:14px sans-serif;fill:#17212b}.tick{font-size:11px;text-anchor:middle}rect{fill:#0b4a8f}line{stroke:#75808b}.most{stroke-dasharray:3 4;stroke:#c3cad1}</style>
${panels.join('\n')}
<text class="tick" x="400" y="${herds.length * (height + 50) + 22}">One scale for all: the dashed line is ${most} arrivals in a tenth of a second.</text>
</svg>
`;
}
