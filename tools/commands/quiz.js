/** `npm run quiz day3`: five questions about the day. Every answer is explained, wrong ones too. */
import { createInterface } from 'node:readline/promises';
import chalk from 'chalk';
import { readDays, root } from '../run/catalogue.js';
import { read, write } from '../run/files.js';
import { letter, readQuiz, withQuestions } from '../run/quiz.js';
import { wrap } from '../run/report.js';
import { PlainError, readWords } from '../run/words.js';

/** @param {string[]} words @returns {Promise<number>} 0, however many answers were right */
export async function run(words) {
  const wish = await readWords(words, ['write']);
  if (wish.extra.has('write')) return writeLessons();
  const [day] = wish.days;
  if (wish.days.length !== 1) throw new PlainError('Say which day: npm run quiz day3');
  const questions = readQuiz(day);
  console.log(chalk.bold(`\nDay ${day.number}: ${day.title}. ${questions.length} questions.`));
  console.log('Type the letter of your answer, then Enter. Ctrl+C stops.');

  const input = createInterface({ input: process.stdin, terminal: false });
  const lines = input[Symbol.asyncIterator]();
  const width = Math.min(process.stdout.columns ?? 100, 100);
  const say = (/** @type {string} */ text, indent = '') =>
    console.log(
      wrap(text, width - indent.length)
        .map((line) => indent + line)
        .join('\n'),
    );
  let [asked, right] = [0, 0];
  for (const [i, { title, text, options, check }] of questions.entries()) {
    console.log();
    say(chalk.bold(`${i + 1}. ${title}`));
    if (text) console.log(`\n${text.replace(/^```\w*\n?/gm, '').trim()}`);
    console.log();
    options.forEach((option, k) => say(`${letter(k)}. ${option.text}`, '  '));
    const choice = await chosen(lines, options.length);
    if (choice === undefined) break;
    asked++;
    const isRight = options[choice].isRight;
    if (isRight) right++;
    console.log(isRight ? chalk.green('\n  ✓ Right.') : chalk.red(`\n  ✗ Not ${letter(choice)}.`));
    say(options[choice].why, '    ');
    const best = options.findIndex((option) => option.isRight);
    if (!isRight) say(`The answer is ${letter(best)}. ${options[best].why}`, '    ');
    say(`Check it: ${check.replaceAll('`', '')}`, '    ');
  }
  input.close();
  if (asked === 0) console.log('\nYou stopped before the first answer.');
  else {
    const rest = asked < questions.length ? `You stopped after ${asked} of ${questions.length} questions. ` : '';
    console.log(`\n${rest}${right} of ${asked} right.`);
  }
  return 0;
}

/**
 * @param {AsyncIterator<string>} lines
 * @param {number} count of options
 * @returns {Promise<number | undefined>} the index of the option; undefined at the end of the input
 */
async function chosen(lines, count) {
  const last = letter(count - 1);
  for (;;) {
    process.stdout.write(`\n  Your answer (a to ${last}): `);
    const { value, done } = await lines.next();
    if (done) return undefined;
    const index = value.trim().toLowerCase().charCodeAt(0) - 97;
    if (value.trim().length === 1 && index >= 0 && index < count) return index;
    console.log(`  Please type one letter, a to ${last}.`);
  }
}

/** For contributors: writes the questions of each quiz.md into the lesson, with the answers folded. @returns {Promise<number>} */
async function writeLessons() {
  for (const day of await readDays()) {
    const path = `${day.folder}/README.md`;
    const lesson = withQuestions(read(path), readQuiz(day));
    if (lesson === undefined) console.log(`${path} has no place for the questions.`);
    else write(path, lesson);
  }
  console.log(`The questions are in the lessons, in ${root}`);
  return 0;
}
