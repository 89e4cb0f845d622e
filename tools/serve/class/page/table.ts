/** The rows of the board, and what they add up to. */
import type { BoardView, Mark } from '../protocol.ts';
import { make } from './words.ts';

/** With more rows than this, there are two tables side by side: then thirty rows fit on a projector. */
const ROWS_PER_TABLE = 15;

/** Colour is never the only sign. */
const SIGNS: Record<Mark, string> = { done: '✓', wrong: '✗', open: '·' };

type Row = BoardView['rows'][number];
interface Shown {
  rows: Row[];
  /** its number */
  day: string;
  exercises: { id: string; name: string }[];
  /** by the board's clock, in ms since 1970 */
  now: number;
  sort: string;
}

/** One tile per exercise: how many are done, wrong, and at it now. The one where most people are is marked. */
export function tilesOf({ rows, day, exercises }: Shown): HTMLElement[] {
  const here = exercises.map(({ id }) => rows.filter(({ at }) => at[day]?.exercise === id).length);
  const most = Math.max(...here);
  return exercises.map(({ id, name }, i) => {
    const count = (mark: Mark): number => rows.filter(({ marks }) => marks[id] === mark).length;
    const numbers = make('p', '', `${SIGNS.done} ${count('done')} `, make('span', 'hidden-label', 'done, '));
    if (count('wrong') > 0) numbers.append(` ${SIGNS.wrong} ${count('wrong')} `, make('span', 'hidden-label', 'wrong'));
    const isMost = most > 0 && here[i] === most;
    return make(
      'li',
      isMost ? 'most' : '',
      make('p', 'name', make('strong', '', id), ` ${name}`),
      numbers,
      make('p', 'here', here[i] > 0 ? `${isMost ? '▶ ' : ''}${here[i]} here` : '\u00a0'),
    );
  });
}

export function tablesOf(shown: Shown): HTMLElement[] {
  const sorted = sortedRows(shown);
  const size = sorted.length > ROWS_PER_TABLE ? Math.ceil(sorted.length / 2) : sorted.length;
  const parts = [sorted.slice(0, size), sorted.slice(size)].filter((part) => part.length > 0);
  return parts.map((part, i) => tableOf(part, shown, parts.length > 1 ? `Part ${i + 1} of 2` : 'Everyone'));
}

function sortedRows({ rows, day, exercises, sort }: Shown): Row[] {
  const done = ({ marks }: Row): number => exercises.filter(({ id }) => marks[id] === 'done').length;
  const since = ({ at }: Row): number => at[day]?.since ?? Infinity;
  const byName = (a: Row, b: Row): number => a.name.localeCompare(b.name);
  // The one who needs help first is on top: least done, and longest at the same exercise.
  const byProgress = (a: Row, b: Row): number => done(a) - done(b) || Math.sign(since(a) - since(b)) || byName(a, b);
  return rows.toSorted(sort === 'progress' ? byProgress : byName);
}

function tableOf(rows: Row[], { day, exercises, now }: Shown, caption: string): HTMLElement {
  const heads = exercises.map(({ id }) => scoped('col', id));
  const head = make('tr', '', scoped('col', 'Name'), ...heads, scoped('col', 'For'));
  const body = rows.map(({ name, marks, at }) => {
    const mine = at[day];
    const cells = exercises.map(({ id }) => {
      const mark = marks[id] ?? 'open';
      const isHere = mine?.exercise === id;
      const words = `${mark}${isHere ? ', is here' : ''}`;
      const sign = make('span', 'sign', SIGNS[mark]);
      sign.ariaHidden = 'true';
      return make('td', `${mark}${isHere ? ' now' : ''}`, sign, make('span', 'hidden-label', words));
    });
    const title = scoped('row', name);
    title.title = name;
    return make('tr', '', title, ...cells, make('td', 'time', timeOf(mine, now)));
  });
  const table = make('table', 'learners', make('caption', 'hidden-label', caption));
  table.append(make('thead', '', head), make('tbody', '', ...body));
  return table;
}

function scoped(scope: 'row' | 'col', text: string): HTMLElement {
  const cell = make('th', '', text);
  cell.scope = scope;
  return cell;
}

/** How long a learner has been at the same exercise, in words. */
function timeOf(mine: Row['at'][string] | undefined, now: number): string {
  if (!mine) return '–';
  if (mine.exercise === null) return 'all done';
  const minutes = Math.max(0, Math.floor((now - mine.since) / 60_000));
  if (minutes < 100) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 1440)} days`;
}
