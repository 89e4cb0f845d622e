import { clearScreenDown, moveCursor } from 'node:readline';
import { Chalk } from 'chalk';
import { NAMES, TRANSPORTS, type Transport } from './clients.ts';
import { figure } from './format.ts';
import type { Counts } from './server.ts';
import type { Tally } from './tally.ts';

const WIDTHS = [18, 7, 9, 10, 10, 8, 8, 8]; // 78 columns: a table that wraps cannot be drawn over
const HEAD = [
  ['', '', 'requests', 'requests', 'bytes', 'latency', 'latency', 'bytes'],
  ['', 'events', '', 'per event', 'per event', 'mean', 'longest', 'to open'],
];
const COMPARED = [3, 4, 5]; // in these columns, the lowest value is green and the highest red

/** The table as text of six lines. */
export function table(counts: Counts, tallies: Record<Transport, Tally>, colour: boolean): string {
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  const rows = TRANSPORTS.map((name) => {
    const { requests, events, bytes, opening } = counts[name];
    const { events: arrived, mean, longest } = tallies[name];
    return [arrived, requests, requests / events, bytes / events, mean, longest, opening ? opening / requests : NaN];
  });

  const units = ['', '', '', 'B', 'ms', 'ms', 'B'];
  const counted = [0, 1];
  const lines = rows.map((row, index) => {
    const cells = row.map((value, column) => {
      const text = (counted.includes(column) ? String(value) : figure(value, units[column])).padStart(
        WIDTHS[column + 1],
      );
      if (!COMPARED.includes(column + 1)) return text;
      const all = rows.map((other) => other[column]);
      if (!all.every(Number.isFinite)) return text; // somebody has no event yet: that isn't slow
      if (value === Math.max(...all)) return chalk.red(text);
      return value === Math.min(...all) ? chalk.green(text) : text;
    });
    return chalk.bold(NAMES[TRANSPORTS[index]].padEnd(WIDTHS[0])) + cells.join('');
  });
  const head = HEAD.map((row) => chalk.dim(row.map((text, column) => text.padStart(WIDTHS[column])).join('')));
  return [...head, ...lines].join('\n');
}

/** Writes each text over the one before it. For terminals only. */
export class Screen {
  #lines = 0;

  draw(text: string): void {
    if (this.#lines > 0) {
      moveCursor(process.stdout, 0, -this.#lines);
      clearScreenDown(process.stdout);
    }
    process.stdout.write(`${text}\n`);
    this.#lines = text.split('\n').length;
  }
}
