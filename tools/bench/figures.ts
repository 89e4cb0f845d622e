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

/** A figure as a multiple: `0.09x`. */
export const times = (ratio: number): Cell => ({ value: ratio, text: `${ratio.toFixed(2)}x` });

/** A figure with so many digits after the point. */
export const fixed = (value: number, digits: number): Cell => ({ value, text: value.toFixed(digits) });

export const count = (number: number): string => number.toLocaleString('en');

/** A figure, and how it is shown. */
export interface Cell {
  value: number;
  text: string;
}

/** What `npm run bench` shows, and writes as JSON. */
export interface Table {
  id: string;
  title: string;
  columns: string[];
  rows: { label: string; cells: Cell[] }[];
  /** how far a single round was off, typically, in parts of it */
  noise?: number;
  notes?: string[];
}

/** A table as text: the labels to the left, the figures to the right. */
export function show({ title, columns, rows, noise, notes = [] }: Table): string {
  const lines = [['', ...columns], ...rows.map(({ label, cells }) => [label, ...cells.map(({ text }) => text)])];
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  const align = (line: string[]): string =>
    line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i] + 3))).join('');
  const said = [
    ...notes,
    ...(noise === undefined ? [] : [`A single round was off by ${(noise * 100).toFixed(1)} %, typically.`]),
  ];
  return [title, ...lines.map((line) => `  ${align(line)}`.trimEnd()), ...said.map((note) => `  ${note}`)].join('\n');
}
