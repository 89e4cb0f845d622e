/** The core of the pages in a second browser engine. Each day's page.browser.test.ts has the details, in Chromium. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { BrowserContext, Page } from 'puppeteer-core';
import { startRedis } from '#tools/brokers/redis.ts';
import { launchFirefox } from '#tools/tests/helpers/browser.ts';
import { startServer, type Started } from '#tools/tests/helpers/start-server.ts';

const browser = await launchFirefox();
afterAll(() => browser?.close());

/** Firefox's message about a WebSocket that could not connect. It is an error of the page, not a line on the console. */
const NO_WEBSOCKET = /can.t establish a connection to the server at ws|connection to ws.* was interrupted/;

/** A page, as a person uses it. */
class Tab {
  readonly #page: Page;
  constructor(page: Page) {
    this.#page = page;
  }

  /** Waits until an element shows the text. */
  async sees(selector: string, text: string | RegExp): Promise<void> {
    const wanted = text instanceof RegExp ? text.source : text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const isThere = (css: string, source: string): boolean =>
      [...document.querySelectorAll(css)].some((one) => new RegExp(source).test(one.textContent ?? ''));
    const waiting = { polling: 50, timeout: 30_000 }; // by default it waits for animation frames, which a tab in the background doesn't get
    await this.#page.waitForFunction(isThere, waiting, selector, wanted).catch(async (error: Error) => {
      const shown = await this.#page.evaluate(() => document.body.innerText);
      throw new Error(`${selector} never showed ${text} (${error.message}). The page shows:\n${shown}`);
    });
  }

  async press(selector: string): Promise<void> {
    await this.#page.bringToFront();
    await this.#page.click(selector);
  }

  /** Replaces what is in a field; `\n` sends the form. */
  async type(selector: string, text: string): Promise<void> {
    await this.press(selector);
    await this.#page.$eval(selector, (field) => ((field as HTMLInputElement).value = ''));
    await this.#page.keyboard.type(text.replace(/\n$/, ''));
    if (text.endsWith('\n')) await this.#page.keyboard.press('Enter');
  }

  texts(selector: string): Promise<(string | null)[]> {
    return this.#page.$$eval(selector, (all) => all.map((one) => one.textContent));
  }
}

interface Way {
  /** the browser of another person; without it, the same for all */
  context?: BrowserContext;
  /** errors that may happen on the page */
  allowed?: RegExp;
  before?: (page: Page) => Promise<void>;
}

/** Opens an address. An error on the page fails the test. */
async function open(url: string, { context, allowed, before }: Way = {}): Promise<Tab> {
  const page = await (context ?? browser!).newPage();
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  onTestFinished(async () => {
    await page.close();
    expect(wrong.filter((words) => !allowed?.test(words))).toEqual([]);
  });
  await before?.(page);
  await page.goto(url);
  return new Tab(page);
}

async function someone(): Promise<BrowserContext> {
  const context = await browser!.createBrowserContext();
  onTestFinished(() => context.close());
  return context;
}

async function started(path: string, options: { args?: string[]; env?: NodeJS.ProcessEnv } = {}): Promise<Started> {
  const server = await startServer(path, { solution: true, ...options });
  onTestFinished(server.stop);
  return server;
}

describe.skipIf(!browser)('in Firefox', { timeout: 90_000 }, () => {
  test.each([
    ['day 1', 'day1-protocol/server.ts'],
    ['the raw server of bonus 1.d', 'solutions/day1-protocol/bonus/raw-server.ts'],
  ])('%s: greeted, text and binary come back, a clean close', async (_name, path) => {
    const tab = await open((await started(path)).url);
    await tab.sees('.received', 'Welcome! Connection established.');
    await tab.type('#text', 'Zoë\n');
    await tab.sees('.received', 'Server received: Zoë');
    await tab.press('#send-binary');
    await tab.sees('.received .text', /^00 7f 80 ff$/);
    await tab.press('#close');
    await tab.sees('#state', 'CLOSED');
    await tab.sees('#close-code', '1000');
    await tab.sees('#was-clean', /^yes/);
  });

  test('day 2: connects, sends, asks, and closes with a code of its own', async () => {
    const tab = await open((await started('day2-client/server.ts')).url);
    await tab.sees('.log .received', 'Ask me for the time');
    await tab.type('#text', 'Zoë\n');
    await tab.sees('.log .system', 'The handler for "echo" was called: Zoë');
    await tab.press('#time');
    await tab.sees('.log .system', 'request() resolved: {"type":"time"');
    await tab.type('#code', '4001\n');
    await tab.sees('#last-close', '4001, from the page, clean');
  });

  describe('day 3', () => {
    let server: Started;
    beforeAll(async () => (server = await startServer('day3-chat/server.ts', { solution: true })).stop);

    test('two people talk', async () => {
      const enter = async (name: string): Promise<Tab> => {
        const tab = await open(server.url, { context: await someone() });
        await tab.type('#name', name);
        await tab.type('#room', 'talk\n');
        await tab.sees('.system', 'You are in talk.');
        return tab;
      };
      const [ann, bob] = [await enter('Ann'), await enter('Bob')];
      await ann.sees('.system', 'Bob has joined.');
      await ann.type('#text', 'Hello Bob\n');
      await bob.sees('.log p', 'Hello Bob');
      await bob.type('#text', 'Hello Ann\n');
      await ann.sees('.log p', 'Hello Ann');
      expect(await ann.texts('#people li')).toEqual(['Ann (you)', 'Bob']);
    });

    test('a refused token shows a clear message', async () => {
      const forge = async (page: Page): Promise<void> => {
        await page.setRequestInterception(true);
        page.on('request', async (request) => {
          if (request.method() !== 'POST') return request.continue();
          const answer = await fetch(request.url(), { method: 'POST', body: JSON.stringify({ name: 'Eve' }) });
          const issued = (await answer.json()) as { token: string };
          const body = JSON.stringify({ ...issued, token: `${issued.token.split('.')[0]}.forged` });
          await request.respond({ status: 200, contentType: 'application/json', body });
        });
      };
      const tab = await open(server.url, { context: await someone(), allowed: NO_WEBSOCKET, before: forge });
      await tab.type('#name', 'Eve\n');
      await tab.sees('#problem', 'The server refused your token (401)');
    });
  });

  test('day 4: a server is killed and comes back, and the outbox arrives', async () => {
    const first = await started('day4-reconnect/server.ts');
    const [ann, bob] = [
      await open(first.url, { allowed: NO_WEBSOCKET, context: await someone() }),
      await open(first.url, { allowed: NO_WEBSOCKET, context: await someone() }),
    ];
    for (const tab of [ann, bob]) await tab.sees('#state', /^open$/);
    await ann.type('#text', 'before\n');
    await bob.sees('.received .text', /^before$/);
    await first.stop();
    await ann.sees('#bound', ' of at most ');
    await ann.type('#text', 'from the tunnel\n');
    await ann.sees('.waiting .text', /^from the tunnel$/);

    await started('day4-reconnect/server.ts', { args: ['--port', new URL(first.url).port] });
    // After failed attempts, Firefox makes a page wait before it connects. It may come back by itself or now.
    await ann.press('#retry').catch(() => {});
    await ann.sees('#outbox', 'nothing');
    await ann.sees('.sent .text', /^from the tunnel$/);
    await bob.sees('#state', /^open$/);
    await ann.type('#text', 'after\n');
    await bob.sees('.received .text', /^after$/);
  });

  test('day 5: two nodes, one conversation', async () => {
    const redis = await startRedis();
    onTestFinished(redis.stop);
    const env = { REDIS_URL: redis.url };
    const nodes = await Promise.all([1, 2].map(() => started('day5-scaling/server.ts', { env })));
    const [ann, bob] = [
      await open(nodes[0].url, { context: await someone() }),
      await open(nodes[1].url, { context: await someone() }),
    ];
    for (const tab of [ann, bob]) await tab.sees('#bus', /^bus up$/);
    for (const tab of [ann, bob]) await tab.sees('#count', /^2$/);
    await ann.type('#text', 'Hello Bob\n');
    await bob.sees('.received .text', /^Hello Bob$/);
    await bob.type('#text', 'Hello Ann\n');
    await ann.sees('.received .text', /^Hello Ann$/);
  });
});
