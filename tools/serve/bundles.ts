import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildFailure } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Some file systems keep the time of a change to two seconds only: a second change within those could go unnoticed. */
const COARSE_MS = 2000;

interface Bundle {
  code: Uint8Array | string;
  /** the files that it is made of, each with the result of `stampOf` */
  stamps: Map<string, string>;
}

/** Scripts for a page, bundled from TypeScript. A bundle is kept until one of the files that it is made of changes. */
export class Bundles {
  readonly #kept = new Map<string, Bundle>();
  /** For each entry, the build that runs, and the one that waits for it. Requests that come meanwhile share the waiting one. */
  readonly #running = new Map<string, Promise<Bundle['code']>>();
  readonly #waiting = new Map<string, Promise<Bundle['code']>>();

  /**
   * @param entry the module that the page loads
   * @returns JavaScript. If the module can't be built, a script that says why, on the page and in the console
   * @throws the system's error if the module can't be read
   */
  of(entry: URL): Promise<Bundle['code']> {
    const path = fileURLToPath(entry);
    const begin = (): Promise<Bundle['code']> => {
      this.#waiting.delete(path);
      const made = this.#make(path).finally(() => this.#running.delete(path));
      this.#running.set(path, made);
      return made;
    };
    const running = this.#running.get(path);
    if (!running) return begin();
    // The running build may have read a file before its last change, so its result is not for this request.
    const next = this.#waiting.get(path) ?? running.then(begin, begin);
    this.#waiting.set(path, next);
    return next;
  }

  async #make(path: string): Promise<Bundle['code']> {
    const kept = this.#kept.get(path);
    if (kept && (await isFresh(kept))) return kept.code;
    this.#kept.delete(path);
    await readFile(path); // a module that isn't there is the caller's 404, not a failed build
    const bundle = await make(path);
    if (bundle.stamps.size > 0) this.#kept.set(path, bundle);
    return bundle.code;
  }
}

/** The page runs what its server runs: the learner's files, or with `--conditions=solution` the reference solution. */
async function make(entry: string): Promise<Bundle> {
  const solution = import.meta.resolve('#day1/echo.ts') === import.meta.resolve('#solutions/day1-protocol/echo.ts');
  const start = Date.now();
  try {
    const { outputFiles, metafile } = await build({
      entryPoints: [entry],
      absWorkingDir: ROOT,
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      target: 'es2022',
      sourcemap: 'inline',
      conditions: solution ? ['solution', 'module'] : ['module'],
      logLevel: 'silent',
    });
    const files = Object.keys(metafile.inputs).map((path) => resolve(ROOT, path));
    return { code: outputFiles[0].contents, stamps: await stampsOf(files, start - COARSE_MS) };
  } catch (error) {
    const { errors = [] } = error as Partial<BuildFailure>;
    const places = errors.map(({ location: at, text }) =>
      at ? `${at.file}, line ${at.line}: ${text}\n\n    ${at.lineText.trim()}` : text,
    );
    return { code: complaint(places.join('\n\n') || String(error)), stamps: new Map() };
  }
}

/** @returns a text for each file that changes when the file does; empty if one of them was changed after `since`, perhaps during the build */
async function stampsOf(files: string[], since: number): Promise<Bundle['stamps']> {
  const stats = await Promise.all(files.map(statOf));
  if (stats.some((one) => !one || one.mtimeMs > since)) return new Map();
  return new Map(files.map((file, i) => [file, stampOf(stats[i])]));
}

async function isFresh({ stamps }: Bundle): Promise<boolean> {
  const stats = await Promise.all([...stamps.keys()].map(statOf));
  return [...stamps.values()].every((stamp, i) => stamp === stampOf(stats[i]));
}

type Stat = Awaited<ReturnType<typeof statOf>>;
const statOf = (file: string) => stat(file).catch(() => undefined);
const stampOf = (one: Stat): string => `${one?.mtimeMs} ${one?.ctimeMs} ${one?.size} ${one?.ino}`;

/** A script in place of the one that could not be built: it says why, on the page and in the browser's console. */
function complaint(text: string): string {
  return `const box = document.createElement('pre');
box.className = 'notice danger';
box.setAttribute('role', 'alert');
box.textContent = ${JSON.stringify(text)};
document.body.prepend(box);
console.error(box.textContent);
`;
}
