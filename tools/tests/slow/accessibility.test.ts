/** Every page is checked by axe-core, with something on it: in a wide and a narrow window, light and dark. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
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

/** The pages, and what is done on each before it is looked at. */
const PAGES: [string, { path: string; address?: string; fill?: (page: Page) => Promise<void> }][] = [
  ['day 1', { path: 'day1-protocol/server.ts' }],
  ['day 2', { path: 'day2-client/server.ts' }],
  ['day 3', { path: 'day3-chat/server.ts', fill: talk }],
  ['day 4', { path: 'day4-reconnect/server.ts', address: '/?name=Ann', fill: say }],
  ['day 5', { path: 'day5-scaling/server.ts', fill: say }],
];

/** What a person with a screen reader, with weak eyes or without a mouse would stumble over, in words. */
async function problems(page: Page): Promise<string[]> {
  await page.evaluate(axe); // not with a script tag: the pages allow no scripts but their own
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  return violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help} (${target})`));
}

describe.skipIf(!browser).each(PAGES)('the page of %s', (_, { path, address = '/', fill }) => {
  let server: Started;
  beforeAll(async () => {
    const redis = path.startsWith('day5') ? await startRedis() : undefined;
    server = await startServer(path, { solution: true, env: { REDIS_URL: redis?.url, TOKEN_SECRET: 'of this test' } });
    return async () => {
      await server.stop();
      await redis?.stop();
    };
  });

  test.each(VIEWS)('$width pixels wide, $colorScheme', async ({ width, height, colorScheme }) => {
    const context = await browser!.newContext({ viewport: { width, height }, colorScheme });
    onTestFinished(() => context.close());
    const page = watch(await context.newPage());
    await page.goto(`${server.url}${address}`);
    expect(await problems(page), 'before anything is done').toEqual([]);

    await fill?.(page);

    expect(await problems(page)).toEqual([]);
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
      'pixels that the page is too wide for the window',
    ).toBe(0);
  });
});
