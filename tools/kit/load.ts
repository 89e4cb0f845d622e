/** Imports the learner's file inside of the exercise, so that one broken file doesn't cost the others their results. */
import { stripVTControlCharacters } from 'node:util';
import { Finding, Unread } from './running.ts';
import { missingImport } from '#tools/run/missing.js';
import { limit } from './within.ts';

/** The first import of a file may have to wait for a cold disk. */
const LOAD_MS = 8_000;

/**
 * @param load a literal import: `() => import('#day1/echo.ts')`. Literal, because watching doesn't see any other.
 * @param names the exports that the exercise is about
 * @throws Finding if the file is missing, has a syntax error, never finishes loading, or lacks one of the names;
 *   what the file itself throws is passed on
 */
export async function load<M extends object, N extends keyof M & string>(
  load: () => Promise<M>,
  ...names: N[]
): Promise<Pick<M, N>> {
  let module: M;
  try {
    module = await limit(
      load(),
      LOAD_MS,
      () =>
        'The file never finishes loading: it has an `await` outside of any function, for something that never comes.',
    );
  } catch (error) {
    const missing = missingImport(error);
    throw syntaxError(error) ?? (missing ? new Finding(missing, { hint: 0 }) : error);
  }
  for (const name of names) {
    if (module[name] === undefined) {
      const there = Object.keys(module).join(', ') || 'nothing';
      throw new Finding(
        `No export named ${name}: the file exports ${there}. Was it renamed, or did it lose its \`export\`?`,
        { hint: 0 },
      );
    }
  }
  return module;
}

/** vite's report of a file that does not parse, as one sentence; undefined for any other error. */
function syntaxError(error: unknown): Finding | undefined {
  const text = stripVTControlCharacters((error as Error).message ?? '');
  const [, what, file, line] = /\[PARSE_ERROR\] (.*)[^]*?\[ (.+?)(?:\?\S*)?:(\d+):\d+ \]/.exec(text) ?? [];
  return file
    ? new Unread(
        `Syntax error in ${file}:${line}: ${what.trim().replace(/\.$/, '')}. Its exercises were not checked. The mistake may be just above that line.`,
      )
    : undefined;
}
