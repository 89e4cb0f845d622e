import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { launch } from '#tools/tests/helpers/browser.ts';
import { startServer } from '#tools/tests/helpers/start-server.ts';
import { PlainError } from '#tools/run/words.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Makes the README's pictures. @returns their paths. @throws PlainError without a browser */
export async function makePictures(): Promise<string[]> {
  const browser = await launch();
  if (!browser) throw new PlainError('The pictures need a browser: see above.');
  try {
    return [await terminal(browser), await inspector(browser)];
  } finally {
    await browser.close();
  }
}

/** What `npm test day1` prints when two exercises are done and 1.2 has the usual mistake. */
async function terminal(browser: Browser): Promise<string> {
  const copy = mkdtempSync(join(tmpdir(), 'pictures-'));
  try {
    cpSync(ROOT, copy, {
      recursive: true,
      filter: (path) => !['node_modules', '.git', '.course'].includes(basename(path)),
    });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');
    const course = (...words: string[]): string => {
      const env = { ...process.env, FORCE_COLOR: '1', NO_COLOR: undefined };
      return spawnSync(process.execPath, ['tools/course.cjs', ...words], { cwd: copy, encoding: 'utf8', env }).stdout;
    };
    course('reset', 'day1');
    course('solve', '1.1', '1.2', '1.4');
    const frames = join(copy, 'day1-protocol/frames.ts');
    writeFileSync(frames, readFileSync(frames, 'utf8').replace('view.getUint16(2)', 'view.getUint16(2, true)'));
    return await picture(browser, `$ npm test day1\n${course('test', 'day1')}`, 'docs/npm-test-day1.png');
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** Day 1's page with the finished code, after one message. */
async function inspector(browser: Browser): Promise<string> {
  const server = await startServer('day1-protocol/server.ts', { solution: true });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, deviceScaleFactor: 1.5 });
    await page.goto(server.url);
    await page.locator('#text').fill('Hello');
    await page.keyboard.press('Enter');
    await page.getByText('Hello').nth(1).waitFor();
    await page.screenshot({ path: join(ROOT, 'docs/inspector.png') });
    return 'docs/inspector.png';
  } finally {
    await server.stop();
  }
}

const COLORS: Record<string, string> = { 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 36: '#79c0ff', 90: '#8b949e' };

/** A picture of a terminal. @param text with the colours of a terminal */
async function picture(browser: Browser, text: string, path: string): Promise<string> {
  const escaped = text.trim().replace(/[&<>]/g, (one) => `&#${one.charCodeAt(0)};`);
  let open = 0;
  // eslint-disable-next-line no-control-regex
  const html = escaped.replace(/\x1b\[(\d+)m/g, (_, code: string) => {
    const style = COLORS[code] ? `color:${COLORS[code]}` : { 1: 'font-weight:700', 2: 'opacity:.7' }[code];
    if (style === undefined) return open > 0 ? (open--, '</span>') : '';
    open++;
    return `<span style="${style}">`;
  });
  const page = await browser.newPage({ deviceScaleFactor: 2, viewport: { width: 900, height: 100 } });
  await page.setContent(
    `<pre style="margin:0;padding:24px;display:inline-block;background:#0d1117;color:#e6edf3;font:15px/1.45 'DejaVu Sans Mono',monospace">${html}</pre>`,
  );
  await page.locator('pre').screenshot({ path: join(ROOT, path) });
  return path;
}
