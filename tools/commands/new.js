/** `npm run new 5.8 replay`: writes all that a new exercise needs, and says what to fill in. For contributors. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bonus, core, isBonus, readDays, root } from '../run/catalogue.js';
import { read, write } from '../run/files.js';
import * as scaffold from '../run/scaffold.js';
import { findFunction } from '../run/source.js';
import { stubsIn, toFillIn } from '../run/stubs.js';
import { fileOf, PlainError } from '../run/words.js';
import { record } from './starters.js';

const USAGE = `Say its number and its name:
  npm run new 5.8 replay                  a function, in a file of its own: replay.ts
  npm run new 5.8 replay shutdown.ts      a function, in a file that is there
  npm run new 5.8 ChatNode.replay         a method of a class that is there
  npm run new 5.d replay                  a bonus exercise: bonus/replay.ts`;

/** @typedef {import('../run/catalogue.js').Day} Day */

/** @param {string[]} words @returns {Promise<number>} */
export async function run(words) {
  const { day, draft, after } = await readDraft(words);
  const path = fileOf(day, { ...draft, why: '', hints: [] });
  const catalogue = `tools/catalogue/day${day.number}`;
  const suite = `${day.folder}/tests/${draft.id}-${kebab(draft.name)}.test.ts`;
  const textOf = (/** @type {string} */ file) => (existsSync(join(root, file)) ? read(file) : undefined);
  const lesson = isBonus({ ...draft, why: '', hints: [] })
    ? undefined
    : scaffold.withRow(draft, read(`${day.folder}/README.md`), after);
  const files = new Map([
    [`${catalogue}/exercises.js`, scaffold.withEntry(draft, read(`${catalogue}/exercises.js`), after)],
    [path, scaffold.withFunction(draft, textOf(path), false)],
    [`solutions/${path}`, scaffold.withFunction(draft, textOf(`solutions/${path}`), true)],
    [suite, scaffold.suite(draft, day.number)],
    [`${catalogue}/mistakes.md`, read(`${catalogue}/mistakes.md`) + scaffold.mistake(draft)],
    [`${catalogue}/alternatives.md`, read(`${catalogue}/alternatives.md`) + scaffold.alternative(draft)],
    ...(lesson === undefined ? [] : [/** @type {const} */ ([`${day.folder}/README.md`, lesson])]),
  ]);
  const prettier = await formatter();
  const formatted = [];
  for (const [file, text] of files)
    formatted.push({
      file,
      text: file.startsWith(catalogue) && file.endsWith('.md') ? text : await prettier(file, text),
    });
  for (const { file, text } of formatted) write(file, text);
  await record([path]); // exercises.js was loaded before it had this one

  const places = formatted.flatMap(({ file, text }) =>
    stubsIn(text)
      .filter(({ id }) => id === draft.id)
      .map(({ line, what }) => ({ place: `${file}:${line}`, what })),
  );
  console.log(`\nFill in these places of ${draft.id} ${draft.name}:\n\n${toFillIn(places)}\n`);
  if (lesson === undefined) console.log(`Mention ${draft.id} in ${day.folder}/README.md, too.`);
  else console.log(`Give ${draft.id} its minutes in the run sheet of ${day.folder}/README.md, too.`);
  console.log(
    `Afterwards run npm run starters, and npm run verify day${day.number} quick. It names what is still missing.`,
  );
  return 0;
}

/**
 * @param {string[]} words
 * @returns {Promise<{ day: Day, draft: scaffold.Draft, after: string | undefined }>} `after`: the exercise in front of it
 * @throws {PlainError} if the words are wrong, with a sentence that says what would be right
 */
async function readDraft([id = '', name = '', file, ...rest]) {
  const [, number, part] = /^(\d+)\.(\d+|[a-z])$/.exec(id) ?? [];
  if (!part || !name || rest.length > 0) throw new PlainError(USAGE);
  const days = await readDays();
  const day = days.find((one) => String(one.number) === number);
  if (!day)
    throw new PlainError(`There is no day ${number}. The days are ${days.map((one) => one.number).join(', ')}.`);
  const known = day.exercises.find((one) => one.id === id);
  const letter = String.fromCharCode(97 + bonus(day).length);
  const nextIds = [`${number}.${core(day).length + 1}`, `${number}.${letter}`];
  if (!nextIds.includes(id))
    throw new PlainError(
      `${known ? `${id} is ${known.name}` : `${id} would leave a gap`}. The next exercise of day ${number} is ${nextIds[0]}; the next bonus is ${nextIds[1]}.`,
    );
  const [owner, method] = name.split('.');
  if (!/^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*)?$/.test(name))
    throw new PlainError(`"${name}" is not the name of a function (replay) or of a method (ChatNode.replay).`);
  const isCore = id === nextIds[0];
  const where = method ? fileOfClass(day, owner) : (file ?? `${isCore ? '' : 'bonus/'}${kebab(name)}.ts`);
  if (!/^[\w./-]+\.ts$/.test(where) || where.includes('..') || (method && file !== undefined && file !== where))
    throw new PlainError(
      method
        ? `${owner} is in ${where}, not in ${file}.`
        : `"${where}" is not a TypeScript file in ${day.folder}, such as replay.ts.`,
    );
  const path = `solutions/${day.folder}/${where}`;
  const isThere = existsSync(join(root, path));
  if (existsSync(join(root, day.folder, where)) !== isThere)
    throw new PlainError(`${where} is not a file of exercises: only one of ${day.folder}/${where} and ${path} exists.`);
  if (isThere && findFunction(read(path), name)) throw new PlainError(`${name} is in ${path} already.`);
  const namesake = day.exercises.find((one) => one.name === name);
  if (namesake) throw new PlainError(`${namesake.id} is called ${name}. Choose another name.`);
  const group = isCore ? core(day) : bonus(day);
  const previous = group.at(-1) ?? day.exercises.at(-1);
  const minutes = Math.max(1, Math.min(5, 45 - core(day).reduce((sum, one) => sum + one.minutes, 0)));
  const draft = { id, name, file: where, minutes: isCore ? minutes : 0, lesson: previous?.lesson ?? 'the-exercises' };
  return { day, draft, after: previous?.id };
}

/** @param {Day} day @param {string} owner @returns {string} the file of exercises that has this class */
function fileOfClass(day, owner) {
  const files = [...new Set(day.exercises.map(({ file }) => file))];
  const found = files.map((file) => ({ file, names: scaffold.classNames(read(`solutions/${day.folder}/${file}`)) }));
  const there = found.find(({ names }) => names.includes(owner));
  if (there) return there.file;
  const classes = found.flatMap(({ file, names }) => names.map((name) => `${name} (${file})`));
  throw new PlainError(
    `No file of day ${day.number}'s exercises has a class ${owner}. ${classes.length > 0 ? `These are there: ${classes.join(', ')}` : 'Name a function instead.'}`,
  );
}

/** `replay-all` for `replayAll`, `replay` for `ChatNode.replay`. @param {string} name @returns {string} */
const kebab = (name) =>
  (name.split('.').at(-1) ?? name).replace(/(?<=[a-z\d])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

/** @returns {Promise<(file: string, text: string) => Promise<string>>} Prettier, with the repository's settings */
async function formatter() {
  const prettier = await import('prettier').catch(() => {
    throw new PlainError('This needs Prettier, which only contributors have: npm ci --include=dev');
  });
  return async (file, text) =>
    prettier.format(text, { ...(await prettier.resolveConfig(join(root, file))), filepath: file });
}
