import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { launch } from '#tools/tests/helpers/browser.ts';
import { startServer } from '#tools/tests/helpers/start-server.ts';
import { PlainError } from '#tools/run/words.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const PICTURES: Record<string, (browser: Browser) => Promise<string>> = { terminal, inspector, chat, herd, cluster };

/**
 * Makes the README's pictures.
 *
 * @param names which ones; without names, all of them
 * @returns their paths
 * @throws PlainError for an unknown name, or without a browser
 */
export async function makePictures(names: string[]): Promise<string[]> {
  const unknown = names.find((name) => !Object.hasOwn(PICTURES, name));
  if (unknown)
    throw new PlainError(`No picture is called "${unknown}". These are: ${Object.keys(PICTURES).join(', ')}`);
  const browser = await launch();
  if (!browser) throw new PlainError('The pictures need a browser: see above.');
  try {
    const paths: string[] = [];
    for (const name of names.length > 0 ? names : Object.keys(PICTURES)) paths.push(await PICTURES[name](browser));
    return paths;
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
    const page = await open(browser, server.url, 805, 1);
    await page.locator('#text').fill('Hello');
    await page.keyboard.press('Enter');
    await page.getByText('Hello').nth(1).waitFor();
    return await shoot(page, 'docs/inspector.png');
  } finally {
    await server.stop();
  }
}

/** Day 3's chat with the finished code: three people, as Ann sees them. */
async function chat(browser: Browser): Promise<string> {
  const server = await startServer('day3-chat/server.ts', { solution: true });
  try {
    const enter = async (name: string): Promise<Page> => {
      const page = await open(browser, server.url, 600);
      await page.getByLabel('Your name').fill(name);
      await page.getByRole('button', { name: 'Enter' }).click();
      await page.locator('.system', { hasText: 'You are in lobby.' }).waitFor();
      return page;
    };
    const [ann, bob, cleo] = [await enter('Ann'), await enter('Bob'), await enter('Cleo')];
    const say = async (page: Page, text: string): Promise<void> => {
      await page.getByLabel('Message', { exact: true }).fill(text);
      await page.keyboard.press('Enter');
      await ann.locator('.log p', { hasText: text }).waitFor();
    };
    await say(ann, 'How does a browser mask its frames?');
    await say(bob, 'With four random bytes, by XOR.');
    await say(cleo, 'A new key for each frame, so you never see the same bytes twice.');
    await say(bob, '<script>alert("Hi")</script> is only text here.');
    return await shoot(ann, 'docs/chat.png');
  } finally {
    await server.stop();
  }
}

/** Day 4's herd: the picture that the demonstration draws. */
async function herd(browser: Browser): Promise<string> {
  const svg = readFileSync(join(ROOT, 'day4-reconnect/demo/herd.svg'), 'utf8');
  const page = await browser.newPage({ deviceScaleFactor: SCALE, viewport: { width: WIDTH, height: 100 } });
  await page.setContent(`<div style="background:white;padding:12px">${svg}</div>`);
  await page.locator('svg').evaluate((one) => one.setAttribute('style', 'width:100%;height:auto;display:block'));
  await page.locator('div').screenshot({ path: join(ROOT, 'docs/herd.png') });
  return 'docs/herd.png';
}

/** Day 5's dashboard, after node 1 was killed and its people have come back on the other nodes. */
async function cluster(browser: Browser): Promise<string> {
  const demo = await startServer('day5-scaling/demo/cluster.ts');
  try {
    let url: string | undefined;
    while (!(url = /Dashboard on (\S+)/.exec(demo.output())?.[1])) await sleep(100);
    const page = await open(browser, url, 720);
    const everybody = () => page.locator('#bots-connected', { hasText: '9' }).waitFor();
    await everybody();
    await page.locator('#heard', { hasText: /\d\d/ }).waitFor();
    await page.getByRole('button', { name: 'Kill 1: node 1', exact: true }).click();
    await page.locator('.node .state', { hasText: 'gone' }).waitFor();
    await page.locator('#bots-connected', { hasNotText: '9' }).waitFor();
    await everybody();
    await page.locator('#lost-box.good').waitFor(); // nothing is on its way, and nothing was lost
    return await shoot(page, 'docs/cluster.png');
  } finally {
    await demo.stop();
  }
}

const WIDTH = 960; // GitHub shows a README in about 830 pixels
const SCALE = 1.25;

/** A page in a browser of its own, in the colours of a light system. @param scale pixels of the picture per pixel of the page */
async function open(browser: Browser, url: string, height: number, scale = SCALE): Promise<Page> {
  const viewport = { width: WIDTH, height };
  const context = await browser.newContext({ viewport, deviceScaleFactor: scale, colorScheme: 'light' });
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

async function shoot(page: Page, path: string): Promise<string> {
  await page.screenshot({ path: join(ROOT, path) });
  return path;
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
  const page = await browser.newPage({ deviceScaleFactor: 1.1, viewport: { width: 900, height: 100 } });
  await page.setContent(
    `<pre style="margin:0;padding:24px;display:inline-block;background:#0d1117;color:#e6edf3;font:15px/1.45 'DejaVu Sans Mono',monospace">${html}</pre>`,
  );
  await page.locator('pre').screenshot({ path: join(ROOT, path) });
  return path;
}
