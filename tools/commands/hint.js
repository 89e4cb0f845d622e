/** `npm run hint 3.2`, `npm run hint 3.2 2`: graded hints; the last is nearly the answer. */
import { asCode, isCode, wrap } from '../run/report.js';
import { fileOf, PlainError, readWords } from '../run/words.js';

/** @param {string[]} words @returns {Promise<number>} */
export async function run(words) {
  const graded = words.length > 1 && /^\d+$/.test(words[words.length - 1]);
  const level = graded ? Number(words[words.length - 1]) : 1;
  const wish = await readWords(graded ? words.slice(0, -1) : words);
  const [exercise] = wish.single;
  if (wish.single.length !== 1 || wish.whole.length > 0)
    throw new PlainError('Say which exercise: npm run hint 1.2, and for the next hint: npm run hint 1.2 2');
  if (level < 1 || level > exercise.hints.length)
    throw new PlainError(
      `Exercise ${exercise.id} has ${exercise.hints.length} hints: npm run hint ${exercise.id} 1 to ${exercise.hints.length}`,
    );
  console.log(`${exercise.id} ${exercise.name}, in ${fileOf(wish.days[0], exercise)}`);
  exercise.hints.slice(0, level).forEach((hint, i) => {
    const title = `Hint ${i + 1} of ${exercise.hints.length}:`;
    console.log(isCode(i + 1) ? `\n${title}\n\n${asCode(hint, 100)}` : `\n${wrap(`${title} ${hint}`, 100).join('\n')}`);
  });
  const next =
    level < exercise.hints.length
      ? `Next hint: npm run hint ${exercise.id} ${level + 1}`
      : `The solution: npm run solve ${exercise.id} (your version is kept in a backup)`;
  console.log(`\n${next}`);
  return 0;
}
