/** Imports such as `#day1/echo.ts` must lead to a file in both cases: for the learner, and under the condition `solution`. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'vite';
import { readDays, root } from './catalogue.js';

/** @typedef {{ solution: string, default: string } | string} Target */

/**
 * The file that an import leads to, by the rules of Node's package imports.
 *
 * @param {string} name such as `#day1/echo.ts`
 * @param {Record<string, Target>} imports of package.json
 * @param {'solution' | 'default'} condition
 * @returns {string | undefined} a path from the repository's folder; undefined if no key fits
 */
export function targetOf(name, imports, condition) {
  const keys = Object.keys(imports).filter((key) => {
    return key.endsWith('*') ? name.startsWith(key.slice(0, -1)) : key === name;
  });
  const [key] = keys.sort((a, b) => b.length - a.length);
  if (!key) return undefined;
  const entry = imports[key];
  const target = typeof entry === 'string' ? entry : (entry[condition] ?? entry.default);
  return target.replace('./', '').replace('*', name.slice(key.length - 1));
}

/**
 * @param {string} path
 * @param {string} code of that file
 * @returns {{ first: string[], later: string[] }} what it imports or re-exports, as it is written there; `later`: by `import()`
 */
export function importsIn(path, code) {
  const { staticImports, staticExports, dynamicImports } = parseSync(path, code).module;
  return {
    first: [
      ...staticImports.map(({ moduleRequest }) => moduleRequest.value),
      ...staticExports.flatMap(({ entries }) => entries.flatMap(({ moduleRequest }) => moduleRequest?.value ?? [])),
    ],
    later: dynamicImports.map(
      ({ moduleRequest: { start, end } }) => /^['"](.*)['"]$/.exec(code.slice(start, end))?.[1] ?? '',
    ),
  };
}

/** @param {string[]} folders of the repository @returns {string[]} all modules in them, as paths from the repository's folder */
export const modulesIn = (folders) =>
  folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
        .filter((path) => /\.[jt]s$/.test(path)),
    );

/** What package.json has under `imports`. @returns {Record<string, Target>} */
export const packageImports = () => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).imports;

/**
 * @param {string} from the file that imports
 * @param {string} code of that file
 * @param {Record<string, Target>} imports of package.json
 * @param {(path: string) => boolean} [exists]
 * @returns {string[]} one sentence for each import that leads nowhere
 */
export function lostImportsOf(from, code, imports, exists = (path) => existsSync(join(root, path))) {
  if (!code.includes('#day')) return [];
  const { first, later } = importsIn(from, code);
  return [...new Set([...first, ...later].filter((name) => /^#day\d\//.test(name)))].flatMap((name) => {
    const learner = targetOf(name, imports, 'default');
    const solution = targetOf(name, imports, 'solution');
    if (!learner || !exists(learner))
      return [`${from} imports '${name}', but ${learner ?? 'that file'} doesn't exist.`];
    if (!solution || exists(solution)) return [];
    const given = learner.replace('/', '/given/');
    return [
      `${from} imports '${name}', but ${solution} doesn't exist. If ${learner} is given and not an exercise, move it to ${given}.`,
    ];
  });
}

/** @param {string[]} folders of the repository @returns {string[]} one sentence for each import that leads nowhere */
export function lostImports(folders) {
  const imports = packageImports();
  return modulesIn(folders).flatMap((path) => lostImportsOf(path, readFileSync(join(root, path), 'utf8'), imports));
}

/** All folders with code that imports days. @returns {Promise<string[]>} */
export const codeFolders = async () => [...(await readDays()).map(({ folder }) => folder), 'solutions', 'tools'];
