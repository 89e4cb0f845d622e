/** `npm run solve 3.2`: puts the reference solution of that exercise in place of yours. */
import { putFunction, read } from '../run/files.js';
import { fileOf, PlainError, readWords } from '../run/words.js';

/** @param {string[]} words @returns {Promise<number>} */
export async function run(words) {
  const { days, exercises, single, whole, extra } = await readWords(words, ['bonus']);
  if (exercises.length === 0)
    throw new PlainError('Say which exercise: npm run solve 1.2, or a whole day: npm run solve day1');
  for (const exercise of exercises) {
    const day = days.find((one) => one.exercises.includes(exercise));
    if (!day) continue;
    const path = fileOf(day, exercise);
    const folder = putFunction(path, read(`solutions/${path}`), exercise.name);
    console.log(
      `${exercise.id} ${exercise.name}: that function in ${path} is the reference solution now. Your version is in ${folder}`,
    );
  }
  const same = [...whole.map((day) => `day${day.number}`), ...extra, ...single.map(({ id }) => id)];
  console.log(`Check it: npm test ${same.join(' ')}`);
  return 0;
}
