// The entry point of every command: `node tools/course.js test day1`. Plain JavaScript that imports only what comes with Node, so that an
// old Node, or a folder without `npm install`, gets a sentence and not a stack trace.
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { exemptLoopback, explain, folderProblem, packagesProblem, versionProblem } from './run/set-up.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const [major, minor] = process.versions.node.split('.').map(Number);
const supported = major >= 24 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19);
const [command = 'test', ...words] = process.argv.slice(2);
const commands = readdirSync(new URL('./commands', import.meta.url))
  .map((file) => file.replace('.js', ''))
  .filter((name) => name !== 'self-check');

// If the reader takes only the first lines (`… | head`), that is not an error.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });

const problem = supported
  ? command === 'doctor' // it looks at the same things, and at more
    ? undefined
    : (folderProblem(root) ?? (await packagesProblem(root)))
  : `Node ${process.versions.node} cannot run this course: it needs 20.19 or a later 20, 22.12 or a later 22, or 24 and up.
Get a current one from https://nodejs.org (the version marked LTS), then run: npm install`;

if (problem) {
  stop(problem);
} else if (!commands.includes(command)) {
  stop(`Unknown command "${command}". These exist: ${commands.join(', ')}`);
} else {
  try {
    exemptLoopback();
    if (process.env.NO_COLOR)
      await import('chalk').then(
        ({ default: chalk }) => (chalk.level = 0),
        () => {}, // the doctor says that it is missing
      );
    // Loading vitest takes a moment. This says that the command has begun; test.js removes it. `npm run bench loop` wants it in a pipe, too.
    const takesTime = command === 'test' && words.length > 0 && !/watch/i.test(words.join(' '));
    if (takesTime && !process.env.COURSE_WATCH && (process.stdout.isTTY || process.env.COURSE_BENCH))
      process.stdout.write(`Checking ${words.join(' ')} …`);
    const { run } = await import(`./commands/${command}.js`);
    process.exitCode = await run(words);
  } catch (/** @type {any} */ error) {
    // A mistake that a person can make carries `plain`. Everything else is ours, and its stack is wanted.
    const sentence = error?.plain ? error.message : (explain(error, root) ?? versionProblem(root));
    if (!sentence) throw error;
    stop(sentence);
  }
}

/** @param {string} message */
function stop(message) {
  if (process.stdout.isTTY) process.stdout.write('\r\u001b[K');
  console.error(message);
  process.exitCode = 1;
}
