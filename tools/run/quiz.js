/**
 * A day's quiz: `dayN-topic/quiz.md`. Each question is a heading, a text, and options with an explanation each:
 *
 *     ## 1. What comes back?
 *
 *     The text of the question.
 *
 *     - [ ] A wrong answer
 *       Why it is wrong.
 *     - [x] The right answer
 *       Why it is right.
 *
 *     Check: `npm test 1.5`
 *
 * @typedef {{ text: string, isRight: boolean, why: string }} Option
 * @typedef {{ title: string, text: string, options: Option[], check: string }} Question
 * `check`: something in the course that shows that the answer is right
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './catalogue.js';
import { read } from './files.js';

const [BEGIN, END] = [
  '<!-- The questions of quiz.md, written by: npm run quiz write -->',
  '<!-- end of the questions -->',
];

/** @param {import('./catalogue.js').Day} day @returns {Question[]} none if the day has no quiz */
export function readQuiz(day) {
  const path = `${day.folder}/quiz.md`;
  return existsSync(join(root, path)) ? parseQuiz(read(path)) : [];
}

/** @param {string} text of a quiz.md @returns {Question[]} */
export function parseQuiz(text) {
  return text
    .replaceAll('\r\n', '\n')
    .split(/^## \d+\. /m)
    .slice(1)
    .map((part) => {
      const [title, ...rest] = part.split('\n');
      const body = rest.join('\n');
      const first = body.search(/^- \[[ x]\] /m);
      const options = [...body.matchAll(/^- \[([ x])\] (.+)\n((?: {2}.+\n?)*)/gm)].map(([, mark, option, why]) => ({
        text: option.trim(),
        isRight: mark === 'x',
        why: why.replace(/\s+/g, ' ').trim(),
      }));
      const check = /^Check: (.+)$/m.exec(body)?.[1] ?? '';
      return { title: title.trim(), text: (first < 0 ? body : body.slice(0, first)).trim(), options, check };
    });
}

/** @param {Question[]} questions @returns {string[]} one sentence for each fault */
export function faultsOf(questions) {
  const faults = questions.length === 5 ? [] : [`${questions.length} questions; five are wanted.`];
  questions.forEach(({ title, options, check }, i) => {
    const right = options.filter(({ isRight }) => isRight).length;
    if (options.length < 3) faults.push(`Question ${i + 1}, "${title}": at least three answers.`);
    if (right !== 1) faults.push(`Question ${i + 1}, "${title}": ${right} answers are marked as right, not one.`);
    for (const { text, why } of options) if (!why) faults.push(`Question ${i + 1}: "${text}" has no explanation.`);
    if (!check) faults.push(`Question ${i + 1}, "${title}": no line "Check: …" that says what in the course shows it.`);
  });
  return faults;
}

/** The questions as a lesson has them, with the answers folded away. @param {Question[]} questions @returns {string} Markdown */
export function asLesson(questions) {
  const blocks = questions.map(({ title, text, options, check }, i) => {
    const letters = options.map((option, k) => `- ${letter(k)}. ${option.text}`);
    const answers = options.map((option, k) => `- ${letter(k)}. ${option.isRight ? '**Right.** ' : ''}${option.why}`);
    const question = [`**${i + 1}. ${title}**`, text, letters.join('\n')].filter(Boolean).join('\n\n');
    return `${question}\n\n<details>\n<summary>Answer</summary>\n\n${answers.join('\n')}\n\nCheck it: ${check}\n\n</details>`;
  });
  return [BEGIN, ...blocks, END].join('\n\n');
}

/**
 * @param {string} lesson
 * @param {Question[]} questions
 * @returns {string | undefined} the lesson with these questions; undefined if it has no place for them
 */
export function withQuestions(lesson, questions) {
  const [from, to] = [lesson.indexOf(BEGIN), lesson.indexOf(END)];
  return from < 0 || to < from
    ? undefined
    : lesson.slice(0, from) + asLesson(questions) + lesson.slice(to + END.length);
}

/** @param {string} lesson @returns {string} the lesson without its questions */
export const withoutQuestions = (lesson) => lesson.replace(new RegExp(`${BEGIN}[^]*?${END}`, 'g'), '');

/** @param {number} index @returns {string} a, b, c … */
export const letter = (index) => String.fromCharCode(97 + index);
