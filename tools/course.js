// The entry point of every command: `node tools/course.js test day1`. Plain JavaScript with nothing imported but Node's own, so that an
// old Node, or a folder without `npm install`, gets a sentence and no stack trace.
import { existsSync, readdirSync } from 'node:fs';

const [major, minor] = process.versions.node.split('.').map(Number);
const supported = major >= 24 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19);
const [command = 'test', ...words] = process.argv.slice(2);
const commands = readdirSync(new URL('./commands', import.meta.url))
  .map((file) => file.replace('.js', ''))
  .filter((name) => name !== 'self-check');

// Somebody who reads only the first lines (`… | head`) is not an error.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });

if (!supported) {
  stop(`Node ${process.versions.node} cannot run this course: it needs 20.19 or a later 20, 22.12 or a later 22, or 24 and up.
Get a current one from https://nodejs.org (the version marked LTS), then run: npm install`);
} else if (!existsSync(new URL('../node_modules/vitest/package.json', import.meta.url))) {
  stop('The packages are not installed yet. In this folder, run: npm install');
} else if (!commands.includes(command)) {
  stop(`There is no command "${command}". These exist: ${commands.join(', ')}`);
} else {
  try {
    if (process.env.NO_COLOR) (await import('chalk')).default.level = 0;
    const { run } = await import(`./commands/${command}.js`);
    process.exitCode = await run(words);
  } catch (/** @type {any} */ error) {
    // A mistake that a person can make carries `plain`; all else is ours, and its stack is wanted.
    if (!error.plain) throw error;
    stop(error.message);
  }
}

/** @param {string} message */
function stop(message) {
  console.error(message);
  process.exitCode = 1;
}
