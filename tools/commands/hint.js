/** `npm run hint 3.2`, `npm run hint 3.2 2`: graded hints; the last is nearly the answer. */
import { hintText } from '../run/hints.js';
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
  for (let i = 1; i <= level; i++) console.log(`\n${hintText(exercise, i)}`);
  const next =
    level < exercise.hints.length
      ? `Next hint: npm run hint ${exercise.id} ${level + 1}`
      : `The solution: npm run solve ${exercise.id} (your version is kept in a backup)`;
  console.log(`\n${next}`);
  return 0;
}
