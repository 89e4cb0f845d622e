import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { launch } from '#tools/tests/helpers/browser.ts';
import { watch } from '#tools/tests/helpers/pages.ts';
import { startServer } from '#tools/tests/helpers/start-server.ts';

const browser = await launch();
afterAll(() => browser?.close());
const patiently = { timeout: 20_000 };

/** Starts the demonstration, and opens its dashboard once all bots talk. */
async function open(
  args: string[] = [],
  options: BrowserContextOptions = {},
): Promise<{ page: Page; output: () => string }> {
  const demo = await startServer('day5-scaling/demo/cluster.ts', { args });
  onTestFinished(demo.stop);
  await expect.poll(demo.output, patiently).toContain('Dashboard on http');
  const [, url] = /Dashboard on (\S+)/.exec(demo.output())!;
  const page = watch(await browser!.newPage(options));
  await page.goto(url);
  await page.locator('#bots-connected', { hasText: '9' }).waitFor();
  return { page, output: demo.output };
}
const node = (page: Page, number: number) => page.locator('.node', { hasText: `Node ${number}` });
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const number = async (page: Page, id: string): Promise<number> => Number(await page.locator(`#${id}`).textContent());
/** The counters, all from the same moment. */
const counters = (page: Page): Promise<Record<string, number>> =>
  page.evaluate(() =>
    Object.fromEntries(
      ['said', 'to-hear', 'heard', 'unheard', 'lost'].map((id) => [
        id,
        Number(document.getElementById(id)!.textContent),
      ]),
    ),
  );
async function addUp(page: Page): Promise<void> {
  const { said, 'to-hear': toHear, heard, unheard, lost } = await counters(page);
  expect({ toHear, sum: heard + unheard + lost }).toEqual({ toHear: 3 * said, sum: 3 * said });
}

describe.skipIf(!browser)('the dashboard of the cluster', () => {
  test('it shows nodes, Redis and messages, and its buttons and keys work', async () => {
    const { page } = await open();
    for (const one of [1, 2, 3]) {
      await node(page, one)
        .locator('.state', { hasText: /^ready$/ })
        .waitFor();
      await node(page, one).locator('.people li').first().waitFor(); // some on each
    }
    await page.locator('.wires circle').first().waitFor({ state: 'attached' });
    await expect.poll(() => number(page, 'heard'), patiently).toBeGreaterThan(9);
    await page.getByText('a message on its way to Redis').waitFor();

    await press(page, 'Kill 1: node 1');
    await node(page, 1).locator('.state', { hasText: 'gone' }).waitFor();
    await page.locator('#bots-connected', { hasText: '9' }).waitFor();
    await press(page, 'Stop 5: node 2');
    await node(page, 2).locator('.state', { hasText: 'gone' }).waitFor();
    await node(page, 3).locator('.people li').nth(8).waitFor(); // all of them, on the last one
    await press(page, 'Revive: node 1');
    await node(page, 1)
      .locator('.state', { hasText: /^ready$/ })
      .waitFor();
    await node(page, 1).getByText('ready, and empty').waitFor(); // existing connections stay on node 3
    expect(await node(page, 3).getByText('ready, and empty').isVisible()).toBe(false);
    await addUp(page);

    await page.keyboard.press('r');
    await page.locator('#redis-state', { hasText: 'down' }).waitFor();
    expect(await page.locator('.wires circle').count()).toBe(0); // nothing travels on a dead wire
    for (const one of [1, 3]) await node(page, one).locator('.state', { hasText: 'not ready' }).waitFor();
    await page.keyboard.press('r');
    for (const one of [1, 3])
      await node(page, one)
        .locator('.state', { hasText: /^ready$/ })
        .waitFor();
    expect(await number(page, 'twice')).toBe(0);
    await page.getByText('Each bot').click();
    expect(await page.locator('#each tr').count()).toBe(9);
  });

  test('on the stand-in, on a phone, without motion: nothing moves, and nothing is cut off', async () => {
    const { page, output } = await open(['--stand-in'], {
      viewport: { width: 390, height: 844 },
      reducedMotion: 'reduce',
    });
    await expect.poll(() => number(page, 'heard'), patiently).toBeGreaterThan(9);
    expect(await page.locator('.wires circle').count()).toBe(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    expect(await page.getByRole('button', { name: 'Freeze f: Redis' }).isDisabled()).toBe(true);
    await press(page, 'Kill r: Redis');
    for (const one of [1, 2, 3]) await node(page, one).locator('.state', { hasText: 'not ready' }).waitFor();
    await expect.poll(() => number(page, 'unheard'), patiently).toBeGreaterThan(9); // each bot hears only those on its node
    await addUp(page);
    expect(await page.locator('#unheard-box').getAttribute('class')).toBe('waiting');
    expect(await page.locator('#lost-box').getAttribute('class')).not.toBe('good');
    await press(page, 'Revive: Redis');
    for (const one of [1, 2, 3])
      await node(page, one)
        .locator('.state', { hasText: /^ready$/ })
        .waitFor();
    await expect.poll(() => number(page, 'lost'), patiently).toBeGreaterThan(9); // later messages come, and show which ones are missing
    await addUp(page);
    expect(output()).toContain('Three nodes over the stand-in.');
  });
});
