/**
 * What can be wrong with a machine or with the folder of the course, in sentences. It imports only what comes with Node, because
 * everything else may be what is missing.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';

const AGAIN = 'Delete the folder node_modules, and run here: npm install';

/**
 * @param {string} root the folder of the course
 * @param {string} [separator] between the folders of a path: on Windows a backslash is not a part of a name
 * @returns {string | undefined} why the course can't run in a folder of this name; undefined if it can
 */
export function folderProblem(root, separator = sep) {
  const sign = ['#', '?', '*', '\\'].find((one) => one !== separator && root.includes(one));
  return (
    sign &&
    `The path of this folder has a ${sign} in it, and the course can't run there: ${root}\nMove the course to a folder without ${sign} in its path.`
  );
}

/**
 * Where Node would find a package. It looks in `node_modules` here and in every folder above, so the packages may also be in the
 * folder of a workspace that the course is a member of.
 *
 * @param {string} name
 * @param {string} from a folder
 * @returns {string | undefined}
 */
export function folderOf(name, from) {
  const place = join(from, 'node_modules', name);
  if (existsSync(join(place, 'package.json'))) return place;
  return dirname(from) === from ? undefined : folderOf(name, dirname(from));
}

/**
 * A quick look at the packages, without loading one.
 *
 * @param {string} root the folder of the course
 * @param {object} [options]
 * @param {{ platform: string, arch: string }} [options.system]
 * @param {(name: string) => Promise<string | undefined>} [options.load] loads a package; its result is why that failed
 * @returns {Promise<string | undefined>} what is wrong and what to do; undefined if nothing is
 */
export async function packagesProblem(root, { system = process, load = loadProblem } = {}) {
  const names = Object.keys(dependencies(root));
  const missing = names.filter((name) => !folderOf(name, root));
  if (missing.length === names.length) return 'The packages are not installed yet. In this folder, run: npm install';
  if (missing.length > 0)
    return `These packages are not installed: ${missing.join(', ')}. They may have come with an update of the course. In this folder, run: npm install`;
  for (const name of ['esbuild', 'rolldown']) {
    const others = foreign(name, root, system);
    // There are other ways to install a program, so loading it decides.
    if (others && (await load(name))) return `${others} This system is ${system.platform}-${system.arch}.\n${AGAIN}`;
  }
  return undefined;
}

/** @param {string} root @returns {Record<string, string>} what a learner needs, with the version */
const dependencies = (root) => JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).dependencies;

/**
 * esbuild and rolldown are programs. npm installs one package for the system that it runs on, such as `@esbuild/linux-x64`.
 *
 * @param {string} name
 * @param {string} root
 * @param {{ platform: string, arch: string }} system
 * @returns {string | undefined} for which systems it is installed, if not for this one
 */
function foreign(name, root, { platform, arch }) {
  const vite = folderOf('vite', root);
  const place = name === 'rolldown' ? vite && folderOf(name, realpathSync(vite)) : folderOf(name, root);
  if (!place) return undefined;
  const prefix = name === 'rolldown' ? 'binding-' : '';
  const there = scoped(`@${name}`, realpathSync(place))
    .filter((one) => one.startsWith(prefix))
    .map((one) => one.slice(prefix.length));
  const fits = new RegExp(`^(${platform}-${arch}|wasm32)(-|$)`);
  if (there.some((one) => fits.test(one))) return undefined;
  return there.length > 0
    ? `The packages were installed on another system: ${name} is there for ${there.join(', ')}.`
    : `${name} was installed without its program.`;
}

/** @param {string} scope such as `@esbuild` @param {string} from a folder @returns {string[]} its packages, here and in every folder above */
function scoped(scope, from) {
  const place = join(from, 'node_modules', scope);
  const here = existsSync(place) ? readdirSync(place) : [];
  return dirname(from) === from ? here : [...here, ...scoped(scope, dirname(from))];
}

/** How the course loads a package, if not by its name alone. @type {Record<string, () => Promise<unknown>>} */
const LOAD = {
  esbuild: async () => (await import('esbuild')).transform(''), // this starts its program
  rolldown: () => import('vite'),
  tsx: () => import('tsx/esm/api'),
  vitest: () => import('vitest/node'),
};

/** @param {string} name @returns {Promise<string | undefined>} why a package can't be loaded, in the words of its error */
async function loadProblem(name) {
  try {
    await (LOAD[name]?.() ?? import(name));
  } catch (error) {
    return firstLine(error);
  }
  return undefined;
}

/** @param {string} root the folder of the course @returns {string | undefined} which package has another version than the course needs, and what to do */
export function versionProblem(root) {
  for (const [name, wanted] of Object.entries(dependencies(root))) {
    const place = folderOf(name, root);
    if (!place) continue;
    const { version } = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'));
    if (version !== wanted)
      return `${name} is installed as version ${version}, but the course needs ${wanted}. In this folder, run: npm install`;
  }
  return undefined;
}

/**
 * A thorough look: each package has the version that the course needs, and can be loaded.
 *
 * @param {string} root the folder of the course
 * @returns {Promise<string | undefined>} as for `packagesProblem`
 */
export async function thoroughProblem(root) {
  const problem = (await packagesProblem(root)) ?? versionProblem(root);
  if (problem) return problem;
  for (const name of Object.keys(dependencies(root)).filter((one) => !one.startsWith('@types/'))) {
    const reason = await loadProblem(name);
    if (reason) return `${name} is installed, but it can't be loaded: ${reason}\n${AGAIN}`;
  }
  return undefined;
}

/**
 * Makes a folder for temporary files, as the programs that the course uses do, and removes it.
 *
 * @throws the system's error if that can't be done; `explain` knows it
 */
export function tryTemporary() {
  mkdirSync(tmpdir(), { recursive: true });
  rmdirSync(mkdtempSync(join(tmpdir(), 'course-')));
}

/** What the errors of a package say that is damaged or was installed for another system. */
const DAMAGED =
  /another platform|native binding|invalid ELF header|not a valid Win32|Exec format error|spawn (?:ENOEXEC|EACCES|UNKNOWN|EBADARCH)|Host version .* does not match|install(?:ed|ing) .*esbuild/i;

/**
 * Explains an error that has its cause in the machine, and not in the course.
 *
 * @param {unknown} thrown
 * @param {string} root the folder of the course, with a slash at its end
 * @returns {string | undefined} what is wrong and what to do; undefined for any other error
 */
export function explain(thrown, root) {
  const { code = '', message = '', path = '', syscall = '' } = /** @type {NodeJS.ErrnoException} */ (thrown ?? {});
  const isMissing = /^(ERR_)?MODULE_NOT_FOUND$/.test(code);
  const [, wanted = ''] = (isMissing && /Cannot find (?:package|module) '([^']+)'/.exec(message)) || [];
  if (wanted.startsWith(root) && !wanted.includes('node_modules')) {
    const file = wanted.slice(root.length).replaceAll('\\', '/');
    return `A file of the course is missing: ${file}. This brings it back: git checkout ${file} (or copy it from another download)`;
  }
  if (isMissing || code === 'ERR_DLOPEN_FAILED' || DAMAGED.test(message))
    return `A package is missing or damaged: ${firstLine(thrown)}\n${AGAIN}`;
  if (code === 'ENOSPC' && syscall === 'watch') return 'This system has no more watchers for files.';
  if (code === 'ENOSPC' || code === 'EDQUOT') return `The disk is full${path && `: ${path} can't be written`}.`;
  if (code === 'EMFILE' || code === 'ENFILE') return 'Too many files are open. Close other programs, and try again.';
  if (!['EACCES', 'EPERM', 'EROFS', 'EBUSY', 'ENOTDIR', 'EEXIST', 'ENOENT'].includes(code)) return undefined;
  if (path.startsWith(tmpdir()) && !root.startsWith(tmpdir()))
    return `The folder for temporary files can't be used (${code}): ${tmpdir()}\nChange the variable ${sep === '/' ? 'TMPDIR' : 'TEMP'} to a folder that you may write to.`;
  if (!path.startsWith(root) || code === 'ENOENT') return undefined;
  return `The system does not allow access to ${path} (${code}). Is it open in another program? If not, move the course to a folder that you may write to.`;
}

/** @param {unknown} thrown @returns {string} */
const firstLine = (thrown) =>
  String(/** @type {any} */ (thrown)?.message ?? thrown)
    .trim()
    .split(/\r?\n/)[0];

/** This machine's own names. Node's fetch knows `[::1]`, and its http module `::1`. */
const LOOPBACK = ['localhost', '127.0.0.1', '::1', '[::1]'];

/**
 * From Node 24 on, `NODE_USE_ENV_PROXY=1` sends everything through the proxy of `HTTP_PROXY`. A proxy can't reach the servers of
 * the course, which are on this machine, so they become exceptions: for this process, and for what it starts.
 *
 * @param {NodeJS.ProcessEnv} [env]
 */
export function exemptLoopback(env = process.env) {
  const there = (env.no_proxy || env.NO_PROXY || '').split(/[\s,]+/).filter(Boolean);
  if (there.includes('*')) return;
  const all = [...new Set([...there, ...LOOPBACK])].join(',');
  env.no_proxy = all;
  env.NO_PROXY = all;
}
