/** The median. @param values at least one */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The value that this share of them does not exceed. @param share such as 0.9 */
export const quantile = (values: number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.ceil(values.length * share) - 1];

/** Each round's figure as a multiple of the base's in the same round. */
export const against = (values: number[], base: number[]): number[] =>
  values.map((value, round) => value / base[round]);

/** How far a single round is from the median of its kind, typically, in parts of it. */
export const deviation = (all: number[][]): number =>
  median(all.flatMap((rounds) => rounds.map((one) => Math.abs(one / median(rounds) - 1))));

export const times = (ratio: number): string => `${ratio.toFixed(2)}x`;

/** The median of the rounds, and beside it the median of their ratios to the base. */
export const withRatio = (values: number[], base: number[], digits: number): string =>
  `${median(values).toFixed(digits)} (${times(median(against(values, base)))})`;

/** Rows in columns: the first to the left, the others to the right. */
export function table(rows: string[][]): string {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows
    .map(
      (row) => `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i] + 3))).join('')}`,
    )
    .join('\n');
}
