/** An import that leads nowhere, in words: a file that is gone, or a name with a slip in it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** @returns what to tell a learner about a failed import; undefined for any other error */
export function missingImport(error: unknown): string | undefined {
  const [, wanted, from] = /Cannot find (?:module|package) '([^']+)' imported from ([^?\n]+)/.exec((error as Error | undefined)?.message ?? '') ?? [];
  if (!wanted) return undefined;
  const [, day, name] = /^#(day\d+)\/(.+)$/.exec(wanted) ?? [];
  const folder = day && readdirSync(ROOT).find((one) => one.startsWith(`${day}-`));
  // Only what the course came with can be brought back; a reset for the sake of a slip would cost the work in the other files.
  if (folder && `${folder}/${name}` in json('tools/starters.json')) return `There is no ${name}: was it deleted, moved or renamed? npm run reset ${day} brings the starter back.`;
  if (folder && wanted in json('package.json').imports) return `There is no ${folder}/${name}, which came with the course: was it deleted, moved or renamed? git checkout ${folder}/${name} brings it back.`;
  const like = nearest(wanted, candidates(wanted, from, folder));
  return `${basename(from)} imports '${wanted}', which does not exist.${like ? ` Did you mean ${like}?` : ''}`;
}

function json(path: string): Record<string, Record<string, string>> {
  return JSON.parse(readFileSync(ROOT + path, 'utf8'));
}

/** What could have been meant: the files beside it, or the packages. */
function candidates(wanted: string, from: string, folder?: string): string[] {
  if (!folder && !wanted.startsWith('.')) return Object.keys(json('package.json').dependencies);
  const place = folder ? ROOT + folder : dirname(resolve(dirname(from), wanted));
  return existsSync(place) ? readdirSync(place, { recursive: Boolean(folder), encoding: 'utf8' }).map((path) => path.replaceAll('\\', '/')).filter((path) => /(?<!\.test)\.ts$/.test(path)) : [];
}

/** The one candidate whose name needs the fewest changes: two at most, not counting a forgotten `.ts`. */
function nearest(wanted: string, names: string[]): string | undefined {
  const plain = (path: string): string => path.replace(/^#day\d+\//, '').replace(/^.*\.\.?\//, '').replace(/\.[jt]s$/, '');
  const ranked = names.map((name) => ({ name, changes: changes(plain(wanted), plain(name)) })).sort((a, b) => a.changes - b.changes);
  return ranked[0] && ranked[0].changes <= 2 ? ranked[0].name : undefined;
}

/** How many letters must be put in, taken out or changed to make one word of the other (Levenshtein's distance). */
function changes(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(a[i - 1] !== b[j - 1])));
    row = next;
  }
  return row[b.length];
}
