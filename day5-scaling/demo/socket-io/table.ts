import { colour } from '#tools/serve/colour.ts';
import type { Source } from './lines.ts';
import { median } from '#tools/bench/figures.ts';

/** One line of the table, with at most three cells. */
export interface Row {
  what: string;
  cells: Cell[];
}

export interface Cell {
  numbers: number[];
  text: string;
}

const WIDTHS = [38, 19, 21, 16];

export const plain = (number: number): Cell => ({ numbers: [number], text: figure(number) });

export const upAndDown = (up: number, down: number): Cell => ({
  numbers: [up, down],
  text: `${figure(up)} + ${figure(down)}`,
});

export const lines = (sources: Source[]): Cell => {
  const sum = sources.reduce((all, source) => all + source.lines, 0);
  return {
    numbers: [sum, sources.length],
    text: `${figure(sum)} (${sources.length} ${sources.length === 1 ? 'file' : 'files'})`,
  };
};

/** The median, and the smallest and largest round. */
export const ratio = (ratios: number[]): Cell => {
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((one) => one.toFixed(2));
  return { numbers: [median(ratios)], text: `${median(ratios).toFixed(2)} (${least} to ${most})` };
};

/** The table as text. @param heads of the three columns, each in two lines */
export function table(heads: string[][], rows: Row[]): string {
  const line = (cells: string[]): string =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(WIDTHS[0]) : cell.padStart(WIDTHS[i]))).join('');
  const head = [0, 1].map((i) => colour.dim(line(['', ...heads.map((lines) => lines[i])])));
  return [...head, ...rows.map(({ what, cells }) => line([what, ...cells.map(({ text }) => text)]))].join('\n');
}

const figure = (number: number): string => number.toLocaleString('en-US');
