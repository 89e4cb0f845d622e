/** Explains an import that leads nowhere: a file that is gone, or a name with a typing slip in it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { root } from './catalogue.js';

/**
 * @param {unknown} error what an import threw, or vitest's report of it
 * @returns {string | undefined} what to tell a learner about a failed import; undefined for any other error
 */
export function missingImport(error) {
  const [, wanted, from] =
    /Cannot find (?:module|package) '([^']+)' imported from ([^?\n]+)/.exec(
      /** @type {Error | undefined} */ (error)?.message ?? '',
    ) ?? [];
  if (!wanted) return undefined;
  const [, key, name] = /^#(day\d+)\/(.+)$/.exec(wanted) ?? [];
  const folder = key && readdirSync(root).find((one) => one.startsWith(`${key}-`));
  // Only a starter can be brought back by a reset. For a typing slip, a reset would cost the work in the other files.
  if (folder && `${folder}/${name}` in json('tools/starters.json')) {
    return `${name} is missing. Was it deleted, moved or renamed? npm run reset ${key} brings the starter back.`;
  }
  const like = nearest(wanted, folder ? filesIn(folder).map((path) => `#${key}/${path}`) : candidates(wanted, from));
  if (like) return `${basename(from)} imports '${wanted}', which does not exist. Did you mean ${like}?`;
  if (!folder) return `${basename(from)} imports '${wanted}', which does not exist.`;
  return `${basename(from)} imports ${folder}/${name}, which is missing. If it came with the course, this brings it back: git checkout ${folder}/${name} (or copy it from another download)`;
}

/** @param {string} path @returns {Record<string, Record<string, string>>} */
function json(path) {
  return JSON.parse(readFileSync(root + path, 'utf8'));
}

/** The TypeScript files of a day, tests left out, as paths from its folder. @param {string} folder @returns {string[]} */
function filesIn(folder) {
  const paths = readdirSync(root + folder, { recursive: true, encoding: 'utf8' }).map((path) =>
    path.replaceAll('\\', '/'),
  );
  return paths.filter((path) => /(?<!\.test)\.ts$/.test(path));
}

/** What could have been meant: the files beside it, or the packages. @param {string} wanted @param {string} from @returns {string[]} */
function candidates(wanted, from) {
  if (!wanted.startsWith('.')) return Object.keys(json('package.json').dependencies);
  const place = dirname(resolve(dirname(from), wanted));
  return existsSync(place) ? readdirSync(place).filter((path) => /(?<!\.test)\.ts$/.test(path)) : [];
}

/**
 * The candidate whose name needs the fewest changes, at most two. A forgotten `.ts` or a forgotten folder is free.
 *
 * @param {string} wanted
 * @param {string[]} names
 * @returns {string | undefined}
 */
function nearest(wanted, names) {
  const plain = (/** @type {string} */ path) => path.replace(/^.*\//, '').replace(/\.[jt]s$/, '');
  const ranked = names
    .map((name) => ({ name, changes: changes(plain(wanted), plain(name)) }))
    .sort((a, b) => a.changes - b.changes);
  return ranked[0] && ranked[0].changes <= 2 ? ranked[0].name : undefined;
}

/**
 * How many letters must be inserted, removed or changed to turn one word into the other (Levenshtein's distance).
 *
 * @param {string} a
 * @param {string} b
 * @returns {number}
 */
function changes(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + Number(a[i - 1] !== b[j - 1])));
    row = next;
  }
  return row[b.length];
}
