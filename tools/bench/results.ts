import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { show, type Table } from './figures.ts';
import { picture } from './picture.ts';

/** One run of the measurement. */
export interface Result {
  /** what was measured where, in words */
  about: string[];
  tables: Table[];
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = 'day5-scaling/performance.md';

/** Writes a run to .course/. @returns the files, relative to the course's folder */
export function save(result: Result): string[] {
  return [
    write('.course/bench.json', `${JSON.stringify(result, null, 2)}\n`),
    write('.course/bench.svg', picture(result.tables)),
  ];
}

/** Writes a run to the files that performance.md shows, and into that page. @returns the files, relative to the course's folder */
export function keep(result: Result): string[] {
  const page = withTables(readFileSync(join(ROOT, PAGE), 'utf8'), result);
  return [
    write('day5-scaling/demo/bench.json', `${JSON.stringify(result, null, 2)}\n`),
    write('day5-scaling/demo/bench.svg', picture(result.tables)),
    write(PAGE, page),
  ];
}

/** The page with a run's tables: each block of code after `<!-- bench ID -->` is one of them. @throws Error if a table is not in that run */
export const withTables = (page: string, { about, tables }: Result): string =>
  page.replace(/(<!-- bench ([\w-]+) -->\n\n```text\n)[^]*?\n(?=```)/g, (_, before: string, id: string) => {
    if (id === 'about') return `${before}${about.join('\n')}\n`;
    const table = tables.find((one) => one.id === id);
    if (!table) throw new Error(`This run has no table "${id}".`);
    return `${before}${show(table)}\n`;
  });

function write(path: string, text: string): string {
  mkdirSync(dirname(join(ROOT, path)), { recursive: true });
  writeFileSync(join(ROOT, path), text);
  return relative(ROOT, join(ROOT, path));
}
