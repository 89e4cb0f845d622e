/** Every page is checked by axe-core, with something on it: in a wide and a narrow window, light and dark. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { startRedis } from '#tools/brokers/redis.ts';
import { launch } from '#tools/tests/helpers/browser.ts';
import { watch } from '#tools/tests/helpers/pages.ts';
import { startServer, type Started } from '#tools/tests/helpers/start-server.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browser = await launch();
afterAll(() => browser?.close());

const VIEWS = [
  { width: 1280, height: 800, colorScheme: 'light' },
  { width: 390, height: 844, colorScheme: 'dark' },
] as const;

/** Says something on the page of day 4 or 5. */
async function say(page: Page): Promise<void> {
  await page.locator('#state', { hasText: /^open$/ }).waitFor();
  await page.getByLabel('Text', { exact: true }).fill('Hello');
  await page.keyboard.press('Enter');
  await page.locator('.sent, .received').filter({ hasText: 'Hello' }).waitFor();
}

/** Enters the chat of day 3, and says something. */
async function talk(page: Page): Promise<void> {
  await page.getByLabel('Your name').fill('Ann');
  await page.getByRole('button', { name: 'Enter' }).click();
  await page.getByRole('status').getByText('connected', { exact: true }).waitFor();
  await page.getByLabel('Message', { exact: true }).fill('Hello');
  await page.keyboard.press('Enter');
  await page.locator('.log', { hasText: 'Hello' }).waitFor();
}

/** Starts the race, and waits until it compares the four. */
async function race(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start the race' }).click();
  await page
    .locator('#verdict')
    .getByText(/^Slowest: /)
    .waitFor();
}

interface What {
  path: string;
  args?: string[];
  /** reads from its output where it is; by default, where the server listens */
  where?: RegExp;
  address?: string;
  /** what is done before it is looked at again */
  fill?: (page: Page) => Promise<void>;
}

/** All pages but the class's board, which has a test of its own. */
const PAGES: [string, What][] = [
  ['day 1', { path: 'day1-protocol/server.ts' }],
  ['day 2', { path: 'day2-client/server.ts' }],
  ['day 3', { path: 'day3-chat/server.ts', fill: talk }],
  ['day 4', { path: 'day4-reconnect/server.ts', address: '/?name=Ann', fill: say }],
  ['day 5', { path: 'day5-scaling/server.ts', fill: say }],
  [
    "day 1's race",
    { path: 'day1-protocol/demo/race.ts', args: ['--page', '--rate', '20', '--poll', '50'], fill: race },
  ],
  ["day 5's dashboard", { path: 'day5-scaling/demo/cluster.ts', args: ['--stand-in'], where: /Dashboard on (\S+)/ }],
];

/** What a person with a screen reader, with weak eyes or without a mouse would stumble over, in words. */
async function problems(page: Page): Promise<string[]> {
  await page.evaluate(axe); // not with a script tag: the pages allow no scripts but their own
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help} (${target})`));
}

describe.skipIf(!browser).each(PAGES)('the page of %s', (_, { path, args, where, address = '/', fill }) => {
  let server: Started;
  let url: string;
  beforeAll(async () => {
    const redis = path === 'day5-scaling/server.ts' ? await startRedis() : undefined;
    const env = { REDIS_URL: redis?.url, TOKEN_SECRET: 'of this test' };
    server = await startServer(path, { solution: true, args, env });
    url = server.url;
    if (where) url = await vi.waitFor(() => where.exec(server.output())![1]);
    return async () => {
      await server.stop();
      await redis?.stop();
    };
  });

  test.each(VIEWS)('$width pixels wide, $colorScheme', async ({ width, height, colorScheme }) => {
    const context = await browser!.newContext({ viewport: { width, height }, colorScheme });
    onTestFinished(() => context.close());
    const page = watch(await context.newPage());
    await page.goto(`${url}${address}`);
    expect((await problems(page)).join('\n'), 'before anything is done').toBe('');

    await fill?.(page);

    expect((await problems(page)).join('\n')).toBe('');
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
      'pixels that the page is too wide for the window',
    ).toBe(0);
  });
});
