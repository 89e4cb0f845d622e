import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** A file of the course, with its path from the root and its lines of code. */
export interface Source {
  path: string;
  lines: number;
}

/** These files and all files that they load, without packages and without files that only give types. @param entryPoints paths from the root */
export async function sourcesOf(...entryPoints: string[]): Promise<Source[]> {
  const options = {
    bundle: true,
    write: false,
    metafile: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  } as const;
  const { metafile } = await build({ ...options, entryPoints, absWorkingDir: ROOT, outdir: 'none' });
  const paths = Object.keys(metafile.inputs).sort();
  return paths.map((path) => ({ path, lines: linesOf(readFileSync(`${ROOT}${path}`, 'utf8')) }));
}

/** Lines that are neither empty nor only a comment. */
export function linesOf(source: string): number {
  let isComment = false;
  let count = 0;
  for (const line of source.split('\n').map((one) => one.trim())) {
    isComment ||= line.startsWith('/*');
    if (line !== '' && !isComment && !line.startsWith('//')) count++;
    if (line.includes('*/')) isComment = false;
  }
  return count;
}
