/** Which file imports which: circles are not allowed, and no day imports a later day. Imports of types count, because a reader follows them. */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '#tools/run/catalogue.js';
import { codeFolders, importsIn, modulesIn, packageImports, targetOf } from '#tools/run/imports.js';

const files = modulesIn(await codeFolders());
const imports = packageImports();

/** The files of the repository that a file imports, as paths from its root. `target` decides what `#day1/…` means. */
const importsOf = (path: string, target: 'default' | 'solution'): string[] =>
  importsIn(path, readFileSync(join(root, path), 'utf8')).first.flatMap((name) => resolve(path, name, target) ?? []);

function resolve(from: string, name: string, target: 'default' | 'solution'): string | undefined {
  if (name.startsWith('.')) return posix.join(posix.dirname(from), name);
  const path = targetOf(name, imports, target);
  return path && files.includes(path) ? path : targetOf(name, imports, 'default');
}

const graphOf = (target: 'default' | 'solution'): Map<string, string[]> =>
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

test.for(['default', 'solution'] as const)('no circular imports, under the condition %s', (target) => {
  expect(circleIn(graphOf(target))).toBeUndefined();
});

test('a circle is found', () => {
  const graph = new Map([['a', ['b']], ['b', ['c', 'd']], ['c', []], ['d', ['b']]]); // prettier-ignore
  expect(circleIn(graph)).toEqual(['b', 'd', 'b']);
});

test('no day imports a later day', () => {
  const late = [...graphOf('default')].flatMap(([path, imports]) =>
    imports.filter((one) => dayOf(path) > 0 && dayOf(one) > dayOf(path)).map((one) => `${path} imports ${one}`),
  );
  expect(late).toEqual([]);
});

test('every import leads to a file', () => {
  const lost = [...graphOf('default')].flatMap(([path, imports]) =>
    imports.filter((one) => !files.includes(one) && !one.endsWith('.json')).map((one) => `${path} imports ${one}`),
  );
  expect(lost).toEqual([]);
});

const { dependencies, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** The packages that a file names in its imports, without those of Node. `@one/two/three` is of the package `@one/two`. */
function packagesIn(path: string): { first: string[]; later: string[] } {
  const packages = (names: string[]): string[] =>
    names.filter((name) => /^[@\w]/.test(name) && !isBuiltin(name)).map((name) => /^(?:@[^/]+\/)?[^/]+/.exec(name)![0]);
  const { first, later } = importsIn(path, readFileSync(join(root, path), 'utf8'));
  return { first: packages(first), later: packages(later) };
}

test('every package that is imported is declared: with pnpm, nobody can use the packages of another one', () => {
  const declared = Object.keys({ ...dependencies, ...devDependencies });
  const undeclared = files.flatMap((path) => {
    const { first, later } = packagesIn(path);
    return [...first, ...later].filter((name) => !declared.includes(name)).map((name) => `${path} imports ${name}`);
  });
  expect(undeclared).toEqual([]);
});

test('what learners run starts with the packages that npm install brings them', () => {
  const isTheirs = (path: string): boolean =>
    !/^tools\/(tests|bench)\/|demo\/socket-io\/|\.browser\.test\.ts$/.test(path);
  const missing = files.filter(isTheirs).flatMap((path) =>
    packagesIn(path)
      .first.filter((name) => !(name in dependencies))
      .map((name) => `${path} imports ${name}`),
  );
  expect(missing).toEqual([]);
});
