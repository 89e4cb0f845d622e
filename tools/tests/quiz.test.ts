import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { readDays, root } from '#tools/run/catalogue.js';
import { asLesson, faultsOf, parseQuiz, readQuiz, withQuestions } from '#tools/run/quiz.js';

const QUIZ = `# Quiz

## 1. What comes back?

A text.

- [ ] One
      Not this
      one.
- [x] Two
      This one.
- [ ] Three
      Nor this.

Check: \`npm test 1.5\`
`;

/** Runs the command with these answers, one per line. */
async function quiz(words: string[], answers: string): Promise<{ output: string; code: number | null }> {
  const child = spawn(process.execPath, ['tools/course.cjs', 'quiz', ...words], {
    cwd: root,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.end(answers);
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [printed, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { output: printed + errors, code: await ended };
}

test('a question has its options, each with its explanation', () => {
  const [question] = parseQuiz(QUIZ);
  expect(question).toEqual({
    title: 'What comes back?',
    text: 'A text.',
    options: [
      { text: 'One', isRight: false, why: 'Not this one.' },
      { text: 'Two', isRight: true, why: 'This one.' },
      { text: 'Three', isRight: false, why: 'Nor this.' },
    ],
    check: '`npm test 1.5`',
  });
});

test('a faulty question is reported', () => {
  const broken = parseQuiz(
    QUIZ.replace('[ ] One', '[x] One')
      .replace('      Nor this.\n', '')
      .replace(/^Check.*\n/m, ''),
  );
  expect(faultsOf(broken)).toEqual([
    '1 questions; five are wanted.',
    'Question 1, "What comes back?": 2 answers are marked as right, not one.',
    'Question 1: "Three" has no explanation.',
    'Question 1, "What comes back?": no line "Check: …" that says what in the course shows it.',
  ]);
});

test.for(await readDays())('day $number has five sound questions', (day) => {
  expect(faultsOf(readQuiz(day))).toEqual([]);
});

test('a lesson gets the questions, with the answers folded, and nothing else changes', () => {
  const questions = parseQuiz(QUIZ);
  const lesson = `# Lesson\n\n${asLesson([])}\n\nThe end.\n`;
  const written = withQuestions(lesson, questions)!;
  expect(written).toContain('- b. Two');
  expect(written.indexOf('<details>')).toBeGreaterThan(written.indexOf('- c. Three'));
  expect(written).toContain('- b. **Right.** This one.');
  expect(withQuestions(written, [])).toBe(lesson);
  expect(withQuestions('# No place\n', questions)).toBeUndefined();
});

test('right and wrong answers are explained, and an unknown letter is asked again', async () => {
  const { output, code } = await quiz(['day1'], 'c\na\nz\nb\nc\nc\n');
  expect(output).toContain('✓ Right.');
  expect(output).toContain('✗ Not a.');
  expect(output).toContain('The answer is b. The seven bits are 126');
  expect(output).toContain('Please type one letter, a to c.');
  expect(output).toContain('4 of 5 right.');
  expect(code).toBe(0);
});

test('an input that ends early, and a command without a day', async () => {
  expect((await quiz(['day2'], 'b\n')).output).toContain('You stopped after 1 of 5 questions. 1 of 1 right.');
  expect((await quiz(['day2'], '')).output).toContain('You stopped before the first answer.');
  expect(await quiz([], '')).toEqual({ output: 'Say which day: npm run quiz day3\n', code: 1 });
});
