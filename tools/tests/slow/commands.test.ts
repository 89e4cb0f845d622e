/** Every command that the README, CONTRIBUTING.md or a lesson quotes, typed into a shell, in a copy of the course. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { freePorts } from '#tools/serve/ports.ts';
import { readDays, root } from '#tools/run/catalogue.js';
import { quotedCommands } from '#tools/run/lessons.js';
import { CourseCopy } from '../helpers/course-copy.ts';

// These install something, run all of this once more, need another command first, or have a test of their own.
const ELSEWHERE = /^npm (run (verify|extras|bench|new|class)\b|run pictures$|test$)|demo\/rude\.ts$/;
/** What a command prints if it runs until Ctrl+C. */
const STAYS = /Ctrl\+C|Watching|http:\/\/(localhost|127\.0\.0\.1):\d+/;
/** A stack trace. */
const STACK = /^ +at .+:\d+:\d+\)?$/m;

const days = await readDays();
const texts = ['README.md', ...days.map(({ folder }) => `${folder}/README.md`), 'CONTRIBUTING.md'].map((path) =>
  readFileSync(join(root, path), 'utf8'),
);
const commands = [...new Set(texts.flatMap(quotedCommands))].filter((command) => !ELSEWHERE.test(command));
const course = new CourseCopy();
afterAll(() => course.drop());

test('there are commands', () => expect(commands.length).toBeGreaterThan(40));

// Without signals to a whole group of processes, npm's children would stay alive.
test.skipIf(process.platform === 'win32').for(commands)('%s', { timeout: 120_000 }, async (command) => {
  const PORT = String(await freePorts(0));
  const typed = command.replace(/(?<=port |--port |npm run redis )\d+/, PORT);
  const child = spawn(typed, {
    shell: true,
    detached: true,
    cwd: course.folder,
    env: { ...process.env, PORT, NO_COLOR: '1', FORCE_COLOR: undefined },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = (): void => {
    try {
      process.kill(-child.pid!, 'SIGINT');
    } catch {} // it has ended
  };
  onTestFinished(end);
  let output = '';
  let isStopped = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (isStopped || !STAYS.test(output)) return;
      isStopped = true;
      end();
    });
  }
  const [code] = await once(child, 'close');
  expect(output).not.toMatch(STACK);
  expect(output.trim()).not.toBe('');
  const isCheck = /^npm (test|run exam)\b/.test(command); // of a starter: red
  if (!isStopped) expect(isCheck ? [0, 1] : [0], output).toContain(code);
  if (isCheck && !isStopped) expect(output).toMatch(/\n\d+ passed, \d+ failed\n$/);
});
