import type { State } from './classroom.ts';

/**
 * The board as CSV (RFC 4180): one row per learner, sorted by name, with a column per exercise and the number of reports.
 *
 * @param exercises the columns
 */
export function csvOf(state: Pick<State, 'rows'>, exercises: string[]): string {
  const rows = Object.values(state.rows)
    .sort((a, b) => a.name.localeCompare(b.name))
    .map(({ name, marks, reports }) => [name, ...exercises.map((id) => marks[id]?.mark ?? ''), String(reports)]);
  const lines = [['name', ...exercises, 'reports'], ...rows].map((cells) => cells.map(quoted).join(','));
  return `${lines.join('\r\n')}\r\n`;
}

/** A spreadsheet takes a cell that begins with one of these characters for a formula. Behind an apostrophe it is a text. */
function quoted(cell: string): string {
  const harmless = /^[\s]*[=+\-@\uff0b\uff0d\uff1d\uff20]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
