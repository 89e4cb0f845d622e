/** `npm run diff day3`: your files compared with the reference solution. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../run/catalogue.js';
import { fileOf, PlainError, readWords } from '../run/words.js';

/** @param {string[]} words @returns {Promise<number>} */
export async function run(words) {
  const { days, exercises } = await readWords(words, ['bonus']);
  if (exercises.length === 0)
    throw new PlainError('Say which day: npm run diff day1, or which exercise: npm run diff 1.2');
  const paths = [
    ...new Set(
      exercises.map((one) => fileOf(/** @type {any} */ (days.find((day) => day.exercises.includes(one))), one)),
    ),
  ];
  const colour = process.stdout.isTTY && !process.env.NO_COLOR ? 'always' : 'never';
  const gone = paths.find((path) => !existsSync(join(root, path)));
  if (gone)
    throw new PlainError(
      `${gone} is gone: npm run reset ${gone.replace(/^(day\d+).*/, '$1')} brings the starter back.`,
    );
  let same = true;
  for (const path of paths) {
    const { error, status } = spawnSync(
      'git',
      ['--no-pager', 'diff', '--no-index', `--color=${colour}`, '--', path, `solutions/${path}`],
      { cwd: root, stdio: 'inherit' },
    );
    if (error)
      throw new PlainError(
        `git was not found, and this command needs it. Compare ${path} with solutions/${path} in your editor.`,
      );
    same &&= status === 0;
  }
  console.log(
    same
      ? 'Your files are the same as the reference solution.'
      : '\nLines with - are yours, lines with + are the reference solution. Different is not wrong: the suite decides.',
  );
  return 0;
}
