/** What runs on other machines: the workflow of GitHub, the container, .ci/run. They name what exists, and the same versions of Node. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '#tools/run/catalogue.js';

const read = (path: string): string => readFileSync(join(root, path), 'utf8').replaceAll('\r\n', '\n');
const WORKFLOW = '.github/workflows/ci.yml';
const FILES = [
  WORKFLOW,
  '.ci/run',
  '.devcontainer/devcontainer.json',
  '.github/ISSUE_TEMPLATE/right-answer-refused.md',
];
/** The versions of Node in .ci/run, which itself runs on 20, and the packages that it installs. */
const VERSIONS = ['20', ...(/^for version in ([\d ]+); do/m.exec(read('.ci/run'))?.[1].split(' ') ?? [])];
const PACKAGES = [...read('.ci/run').matchAll(/missing="\$missing ([\w-]+)"/g)].map(([, name]) => name);
const { scripts, engines } = JSON.parse(read('package.json'));

/** The values of a list in the workflow, such as `node: [20, 22]`, each time that it is there. */
const lists = (name: string): string[][] =>
  [...read(WORKFLOW).matchAll(new RegExp(`^ +${name}: \\[(.*)\\]`, 'gm'))].map(([, values]) => values.split(', '));

test.for(FILES)('the npm commands of %s exist', (path) => {
  const commands = [...read(path).matchAll(/\bnpm (?:run (\w+)|(test)\b)/g)].map(([, run, plain]) => run ?? plain);
  expect(commands.filter((name) => !(name in scripts))).toEqual([]);
});

test('learners are served on three systems, with every version of Node that package.json allows', () => {
  const [systems, versions] = [lists('os')[0], lists('node')[0]];
  const allowed = (engines.node as string).split('||').map((range) => /\d+/.exec(range)![0]);

  expect(systems).toEqual(['ubuntu-latest', 'macos-latest', 'windows-latest']);
  expect(versions).toEqual(expect.arrayContaining(allowed));
  expect(versions).toEqual(VERSIONS);
});

test('all that the slow tests need and can be installed is installed for them', () => {
  // GitHub's machines have browsers and git. nginx is in two packages there, too.
  const needed = PACKAGES.filter((name) => !['chromium', 'firefox-esr', 'git'].includes(name));
  const [, installed] = /apt-get install -y (.*)/.exec(read(WORKFLOW)) ?? [];
  expect(needed.map((name) => name.replace('-light', '')).sort()).toEqual(installed?.split(' ').sort());
});

test('the container has Node 22 and Redis; who reports a refused answer is asked for npm run doctor', () => {
  const { image, onCreateCommand } = JSON.parse(read('.devcontainer/devcontainer.json'));
  expect([image, onCreateCommand]).toEqual([expect.stringMatching(/:22$/), expect.stringContaining('redis-server')]);
  expect(read('.github/ISSUE_TEMPLATE/right-answer-refused.md')).toContain('npm run doctor');
});

test('README.md says of no version of Node and of no browser that it is tested, except of those that .ci/run uses', () => {
  const [, versions, browsers] =
    /on Linux with Node ([\d, and]+)\. The pages are tested in (.*)\. Windows and macOS/.exec(
      read('README.md').replaceAll('\n', ' '),
    ) ?? [];
  const installed = PACKAGES.flatMap((name) => /^(chromium|firefox)/.exec(name)?.[1] ?? []);

  expect(versions?.match(/\d+/g)).toEqual(VERSIONS);
  expect(browsers?.toLowerCase().split(' and ')).toEqual(installed);
});
