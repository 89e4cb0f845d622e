/** `watch`: runs the test again after each save. Each run is a process of its own, so nothing in a file can end the watching. */
import { execFile, spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Board } from './board.js';
import { root } from './catalogue.js';

/** Looking at all files takes a millisecond. It also notices what fs.watch misses: a replaced folder, a network drive, a container's mount. */
const LOOK_EVERY_MS = 150;

/**
 * @param {string[]} words of the command, `watch` among them
 * @param {import('./catalogue.js').Day[]} days whose folders are watched
 * @returns {Promise<number>} never settles before `q` or Ctrl+C
 */
export function watch(words, days) {
  const { stdin, stdout } = process;
  const hasKeys = Boolean(stdin.isTTY);
  /** @type {import('node:child_process').ChildProcess | undefined} */
  let child;
  return new Promise((resolve) => {
    const quit = () => {
      clearInterval(timer);
      child?.kill();
      if (hasKeys) stdin.setRawMode(false);
      stdin.pause();
      resolve(0);
    };
    const rest = words.filter((word) => word.replace(/^--?/, '').toLowerCase() !== 'watch');
    const board = new Board(rest, days, hasKeys, {
      run: (wanted, focus) => runOnce(wanted, focus, (started) => (child = started)),
      replace: (text) => {
        if (stdout.isTTY) console.clear();
        console.log(text);
      },
      append: (text) => console.log(text),
      diff: (id) =>
        new Promise((done) =>
          execFile(process.execPath, [join(root, 'tools/course.js'), 'diff', id], { cwd: root }, (_, out, errors) =>
            done(out + errors),
          ),
        ),
      quit,
    });
    const folders = days.map((day) => join(root, day.folder));
    const timer = setInterval(
      whenChanged(
        () => look(folders),
        () => void board.go(),
      ),
      LOOK_EVERY_MS,
    );
    if (hasKeys) {
      stdin.setRawMode(true);
      stdin.setEncoding('utf8').on('data', (keys) => {
        for (const key of String(keys)) void board.key(key);
      });
    }
    void board.go();
  });
}

/**
 * One run of `npm test`.
 *
 * @param {string[]} words
 * @param {string | undefined} focus the exercise for the panel
 * @param {(child: import('node:child_process').ChildProcess) => void} started
 * @returns {Promise<import('./board.js').Report>}
 */
function runOnce(words, focus, started) {
  const { isTTY, columns } = process.stdout;
  const colour = isTTY && !process.env.NO_COLOR ? { FORCE_COLOR: '1' } : {};
  const env = {
    ...process.env,
    ...colour,
    COLUMNS: String(columns ?? 100),
    COURSE_WATCH: '1',
    COURSE_FOCUS: focus ?? '',
  };
  const child = spawn(process.execPath, [join(root, 'tools/course.js'), 'test', ...words], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  started(child);
  /** @type {import('./board.js').Report} */
  const report = { text: '', states: {}, hint: 0 };
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text) => (report.text += text));
  child.on('message', (message) => Object.assign(report, message));
  return new Promise((resolve) => child.on('close', () => resolve(report)));
}

/**
 * @param {() => string} take looks at the files, and returns a text that differs if something has changed
 * @param {() => void} then called once after a change, when nothing changes any more: one save is several changes
 * @returns {() => void} call it again and again
 */
export function whenChanged(take, then) {
  let seen = take();
  let last = seen;
  return () => {
    const now = take();
    if (now !== seen && now === last) {
      seen = now;
      then();
    }
    last = now;
  };
}

/** @param {string[]} folders @returns {string} every TypeScript file in them, with its size and its time */
export const look = (folders) => folders.flatMap((folder) => filesIn(folder)).join('\n');

/** @param {string} folder @returns {string[]} */
function filesIn(folder) {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesIn(path);
      if (!entry.name.endsWith('.ts')) return [];
      const { mtimeMs, size, ino } = statSync(path);
      return [`${path} ${mtimeMs} ${size} ${ino}`];
    });
  } catch {
    return []; // it is being replaced; the next look finds it
  }
}
