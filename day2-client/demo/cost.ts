/**
 * Shows what RealtimeClient costs on top of the browser's own WebSocket: lines of code, and bytes that a page has to load.
 *
 *     npx tsx day2-client/demo/cost.ts
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { colour } from '#tools/serve/colour.ts';
import { readDemo } from '#tools/serve/demo.ts';

const SAYS = "What RealtimeClient costs on top of the browser's own WebSocket: lines, and bytes in a page";
readDemo({ file: 'day2-client/demo/cost.ts', says: SAYS, flags: {} });

const client = fileURLToPath(new URL('../../solutions/day2-client/client.ts', import.meta.url));
const given = fileURLToPath(new URL('../given/base-client.ts', import.meta.url));
const { outputFiles } = await build({
  entryPoints: [client],
  bundle: true,
  minify: true,
  format: 'esm',
  write: false,
  conditions: ['solution'],
});
const [{ contents }] = outputFiles;

const lines = (path: string): number =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.trim() && !/^\s*(\/?\*|\/\/)/.test(line)).length;
console.log(colour.bold(`${SAYS}\n`));
console.log(`client.ts       ${String(lines(client)).padStart(5)} lines of code`);
console.log(`base-client.ts  ${String(lines(given)).padStart(5)} lines of code`);
console.log(`in the page     ${String(contents.length).padStart(5)} bytes, minified`);
console.log(`on the wire     ${String(gzipSync(contents).length).padStart(5)} bytes, minified and with gzip`);
