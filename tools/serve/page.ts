import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { Bundles } from './bundles.ts';
import { createWebServer } from './web-server.ts';

const STYLE = new URL('./style.css', import.meta.url);
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};
const MISSING = 'There is no such page here.\n';
/** A script tag that loads a file beside the page: `<script type="module" src="/main.js">`. */
const SCRIPT = /<script\b[^>]*\bsrc=["']?(?:\.?\/)?([\w.-]+\.js)\b/gi;
const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  // Without inline scripts and styles, text that somebody sent stays text, whatever the page does with it.
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

/** An http server, not yet listening, that answers with the page of the folder; see `pageHandler`. */
export function pageServer(moduleUrl: string, folder = 'page'): Server {
  return createWebServer(pageHandler(moduleUrl, folder));
}

/**
 * Answers requests with the files of one folder. `/` is its index.html and `/style.css` the course's own. `/main.js` is main.ts
 * with everything it imports, bundled, if a page of the folder has a `<script src="/main.js">`. Other modules are not served.
 * If you change a file, the next request gets the new one. A server that answers other paths itself calls this for the rest.
 *
 * @param moduleUrl `import.meta.url` of a module that is beside the folder
 */
export function pageHandler(
  moduleUrl: string,
  folder = 'page',
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const base = new URL(`${folder}/`, moduleUrl);
  const bundles = new Bundles();
  const load = async (name: string): Promise<Uint8Array | string | undefined> => {
    if (name === 'style.css') return readFile(STYLE);
    const isScript = name.endsWith('.js');
    const file = isScript ? name.replace(/js$/, 'ts') : name;
    // Windows opens more than a folder lists: nul.html is a device, and INDEX.html is index.html.
    const files = await readdir(base);
    if (!files.includes(file)) return undefined;
    if (!isScript) return readFile(new URL(file, base));
    return (await scriptsOf(base, files)).has(name) ? bundles.of(new URL(file, base)) : undefined;
  };
  return async (request, response) => {
    const { method = '' } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return answer(response, 405, `${method} is not answered here.\n`);
    }
    const path = (request.url ?? '').replace(/\?.*/s, '');
    // Only plain names: a dot in front, a second slash or a percent sign could lead out of the folder.
    const name = path === '/' ? 'index.html' : /^\/([\w-][\w.-]*)$/.exec(path)?.[1];
    const type = name && TYPES[extname(name)];
    if (!type) return answer(response, 404, MISSING);
    try {
      const body = await load(name);
      if (body === undefined) return answer(response, 404, MISSING);
      answer(response, 200, body, type);
    } catch (error) {
      if (isMissing(error)) return answer(response, 404, MISSING);
      // The error names a folder of this machine. Only the terminal gets it.
      console.error(`The page could not be read: ${(error as Error).message}`);
      answer(response, 500, 'The server could not read this file; its terminal says why.\n');
    }
  };
}

/** The scripts that the folder's pages load, such as `main.js`. Whatever else is in the folder, such as tests, stays private. */
async function scriptsOf(base: URL, files: string[]): Promise<Set<string>> {
  const pages = files.filter((name) => extname(name) === '.html');
  const texts = await Promise.all(pages.map((name) => readFile(new URL(name, base), 'utf8')));
  return new Set(texts.flatMap((text) => [...text.matchAll(SCRIPT)].map(([, name]) => name)));
}

function answer(
  response: ServerResponse,
  status: number,
  body: Uint8Array | string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { ...HEADERS, 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function isMissing(error: unknown): boolean {
  return ['ENOENT', 'EISDIR', 'ENOTDIR', 'ENAMETOOLONG'].includes((error as NodeJS.ErrnoException).code ?? '');
}
