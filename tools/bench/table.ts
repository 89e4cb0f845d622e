/** The one in the middle. @param values at least one */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Rows in columns: the first to the left, the others to the right. */
export function table(rows: string[][]): string {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) => `  ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i] + 3))).join('')}`).join('\n');
}

/** A figure, and beside it its ratio to the first of its kind. */
export const withRatio = (value: number, base: number, digits: number): string => `${value.toFixed(digits)} (${(value / base).toFixed(2)}x)`;
