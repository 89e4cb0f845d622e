import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildFailure } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const STYLE = new URL('./style.css', import.meta.url);
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};
const HEADERS = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  // No inline script, no inline style: text that somebody sent stays text, whatever the page does with it.
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self' ws: wss:; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};

/** An http server, not yet listening, that answers with the page of the folder; see `pageHandler`. */
export function pageServer(moduleUrl: string, folder = 'page'): Server {
  return createServer(pageHandler(moduleUrl, folder));
}

/**
 * Answers requests with the files of one folder: `/` is its index.html, `/<name>.js` its `<name>.ts` bundled afresh at each
 * request, `/style.css` the course's own. A server with more to answer calls this for the rest.
 *
 * @param moduleUrl `import.meta.url` of the module that the folder lies beside
 */
export function pageHandler(
  moduleUrl: string,
  folder = 'page',
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const base = new URL(`${folder}/`, moduleUrl);
  return async (request, response) => {
    const { method = '' } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return answer(response, 405, `${method} is not answered here.\n`);
    }
    const path = (request.url ?? '').replace(/\?.*/s, '');
    // Plain names only: neither a dot in front nor a second slash nor a percent sign leads out of the folder.
    const name = path === '/' ? 'index.html' : /^\/([\w-][\w.-]*)$/.exec(path)?.[1];
    const type = name && TYPES[extname(name)];
    if (!type) return answer(response, 404, `There is no ${path} here.\n`);
    try {
      const body = name === 'style.css' ? await readFile(STYLE) : await load(base, name);
      answer(response, 200, body, type);
    } catch (error) {
      if (isMissing(error)) return answer(response, 404, `There is no ${path} here.\n`);
      answer(response, 500, `${error}\n`);
    }
  };
}

async function load(base: URL, name: string): Promise<Uint8Array | string> {
  if (!name.endsWith('.js')) return readFile(new URL(name, base));
  const entry = new URL(name.replace(/js$/, 'ts'), base);
  await readFile(entry); // a script that is not there is a 404, not a failed build
  return bundle(fileURLToPath(entry));
}

/** The page runs what its server runs: the learner's files, or with `--conditions=solution` the reference solution. */
async function bundle(entry: string): Promise<Uint8Array | string> {
  const solution = import.meta.resolve('#day1/echo.ts') === import.meta.resolve('#solutions/day1-protocol/echo.ts');
  try {
    const { outputFiles } = await build({
      entryPoints: [entry],
      absWorkingDir: ROOT,
      bundle: true,
      write: false,
      format: 'esm',
      target: 'es2022',
      sourcemap: 'inline',
      conditions: solution ? ['solution', 'module'] : ['module'],
      logLevel: 'silent',
    });
    return outputFiles[0].contents;
  } catch (error) {
    const { errors = [] } = error as Partial<BuildFailure>;
    const places = errors.map(({ location: at, text }) =>
      at ? `${at.file}, line ${at.line}: ${text}\n\n    ${at.lineText.trim()}` : text,
    );
    return complaint(places.join('\n\n') || String(error));
  }
}

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
  return ['ENOENT', 'EISDIR', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}
