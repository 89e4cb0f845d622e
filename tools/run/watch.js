/** `watch`: the same test again at every save, each in a process of its own, so that nothing a file does can end the watching. */
import { spawn } from 'node:child_process';
import { readdirSync, watch as watchFolder } from 'node:fs';
import { join } from 'node:path';
import { root } from './catalogue.js';

/**
 * @param {string[]} words of the command, `watch` among them
 * @param {import('./catalogue.js').Day[]} days whose folders are watched
 * @returns {Promise<never>} never settles: Ctrl+C ends it
 */
export function watch(words, days) {
  const rest = words.filter((word) => word.toLowerCase() !== 'watch');
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  let again = false;
  const go = () => {
    if (child) {
      again = true;
      return;
    }
    again = false;
    if (process.stdout.isTTY) console.clear();
    child = spawn(process.execPath, [join(root, 'tools/course.js'), 'test', ...rest], { stdio: 'inherit' });
    child.on('close', () => {
      child = undefined;
      console.log('\nWatching: save a file to run again, Ctrl+C to stop.');
      if (again) go();
    });
  };
  /** @type {NodeJS.Timeout | undefined} */
  let soon;
  // Folder by folder: Node 20's recursive watching on Linux loses a file that an editor replaces when it saves.
  for (const folder of days.flatMap((day) => foldersIn(join(root, day.folder)))) {
    watchFolder(folder, (_event, name) => {
      if (name && !name.endsWith('.ts')) return;
      clearTimeout(soon);
      soon = setTimeout(go, 100); // an editor's one save is several events
    });
  }
  go();
  return new Promise(() => {});
}

/** @param {string} folder @returns {string[]} itself, and all that are in it */
const foldersIn = (folder) => [
  folder,
  ...readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap(({ name }) => foldersIn(join(folder, name))),
];
