/** Who imports whom: no circles, and no day imports a later day. Imports of types count, too: a reader follows them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { expect, test } from 'vitest';
import { parseSync } from 'vite';
import { readDays, root } from '#tools/run/catalogue.js';

const days = await readDays();
const files = [...days.map(({ folder }) => folder), 'solutions', 'tools'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => posix.join(folder, name.replaceAll('\\', '/')))
    .filter((path) => /\.[jt]s$/.test(path)),
);

/** The files of the repository that a file imports, as paths from its root. `target` decides what `#day1/…` means. */
function importsOf(path: string, target: 'learner' | 'solution'): string[] {
  const { module } = parseSync(path, readFileSync(join(root, path), 'utf8'));
  const wanted = [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest.value),
    ...module.staticExports.flatMap(({ entries }) =>
      entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ),
  ];
  return wanted.flatMap((name) => resolve(path, name, target) ?? []);
}

function resolve(from: string, name: string, target: 'learner' | 'solution'): string | undefined {
  if (name.startsWith('.')) return posix.join(posix.dirname(from), name);
  if (name === '#kit') return 'tools/kit/index.ts';
  if (/^#(tools|solutions)\//.test(name)) return name.slice(1);
  const [, number, rest] = /^#day(\d)\/(.+)$/.exec(name) ?? [];
  const day = days.find((one) => String(one.number) === number);
  if (!day) return undefined;
  const solved = `solutions/${day.folder}/${rest}`;
  return target === 'solution' && files.includes(solved) ? solved : `${day.folder}/${rest}`;
}

const graphOf = (target: 'learner' | 'solution'): Map<string, string[]> =>
  new Map(files.map((path) => [path, importsOf(path, target)]));

/** The first circle that is found, as the paths along it. */
function circleIn(graph: Map<string, string[]>): string[] | undefined {
  const done = new Set<string>();
  const walk = (path: string, way: string[]): string[] | undefined => {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (done.has(path)) return undefined;
    for (const next of graph.get(path) ?? []) {
      const circle = walk(next, [...way, path]);
      if (circle) return circle;
    }
    done.add(path);
    return undefined;
  };
  for (const path of graph.keys()) {
    const circle = walk(path, []);
    if (circle) return circle;
  }
  return undefined;
}

const dayOf = (path: string): number => Number(/^(?:solutions\/)?day(\d)-/.exec(path)?.[1] ?? 0);

test.for(['learner', 'solution'] as const)('no circular imports, with the %s files', (target) => {
  expect(circleIn(graphOf(target))).toBeUndefined();
});

test('a circle is found', () => {
  const graph = new Map([['a', ['b']], ['b', ['c', 'd']], ['c', []], ['d', ['b']]]); // prettier-ignore
  expect(circleIn(graph)).toEqual(['b', 'd', 'b']);
});

test('no day imports a later day', () => {
  const late = [...graphOf('learner')].flatMap(([path, imports]) =>
    imports.filter((one) => dayOf(path) > 0 && dayOf(one) > dayOf(path)).map((one) => `${path} imports ${one}`),
  );
  expect(late).toEqual([]);
});

test('every import leads to a file', () => {
  const lost = [...graphOf('learner')].flatMap(([path, imports]) =>
    imports.filter((one) => !files.includes(one) && !one.endsWith('.json')).map((one) => `${path} imports ${one}`),
  );
  expect(lost).toEqual([]);
});
