import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Page } from 'playwright-core';
import { launch } from '#tools/tests/helpers/browser.ts';
import { watch } from '#tools/tests/helpers/pages.ts';
import { installedRedis, startRedis } from '#tools/brokers/redis.ts';
import { startServer } from '#tools/tests/helpers/start-server.ts';

const browser = await launch();
afterAll(() => browser?.close());

/** Nodes with their own Redis. */
async function cluster(nodes: number, { solution, args = [] as string[] }: { solution: boolean; args?: string[] }) {
  const redis = await startRedis();
  onTestFinished(() => redis.stop());
  const servers = [];
  for (let i = 0; i < nodes; i++) {
    const server = await startServer('day5-scaling/server.ts', { solution, args, env: { REDIS_URL: redis.url } });
    onTestFinished(server.stop);
    servers.push(server);
  }
  return { redis, servers };
}

async function open(url: string): Promise<Page> {
  const page = watch(await browser!.newPage(), /WebSocket connection to .* failed|Failed to load resource/);
  await page.goto(url);
  await page.locator('#state', { hasText: /^open$/ }).waitFor();
  return page;
}
const say = async (page: Page, text: string): Promise<void> => {
  await page.getByLabel('Text', { exact: true }).fill(text);
  await page.keyboard.press('Enter');
};
const row = (page: Page, text: string) =>
  page.locator('.sent, .received').filter({ has: page.getByText(text, { exact: true }) });
const bus = (page: Page, status: 'up' | 'down') =>
  page.locator('#bus', { hasText: new RegExp(`^bus ${status}$`) }).waitFor();
const said = (page: Page) => page.locator('.sent .text, .received .text').allTextContents();

describe.skipIf(!browser)('the page of day 5 on the solution', () => {
  test('two tabs on two nodes talk; Redis stops, and comes back; a node ends', async () => {
    const { redis, servers } = await cluster(2, { solution: true });
    const [ann, bob] = [await open(servers[0].url), await open(servers[1].url)];
    const pages = [ann, bob];
    for (const page of pages) await bus(page, 'up');
    for (const page of pages) await page.locator('#count', { hasText: '2' }).waitFor();
    expect(await ann.locator('#node').textContent()).not.toBe(await bob.locator('#node').textContent());
    await say(ann, '<img src=x onerror=alert(1)>');
    for (const page of pages) await row(page, '<img src=x onerror=alert(1)>').waitFor();
    await say(bob, 'Hello Ann');
    for (const page of pages) await row(page, 'Hello Ann').waitFor();

    await redis.stop();
    for (const page of pages) {
      await bus(page, 'down');
      await page.locator('#alone').waitFor({ state: 'visible' });
      const notice = await page.locator('#alone').boundingBox();
      expect(notice!.y + notice!.height).toBeLessThan(await page.evaluate(() => innerHeight)); // without scrolling
      await page.locator('#people .unreachable', { hasText: "can't be reached" }).waitFor(); // the one on the other node
      await page.locator('#count', { hasText: '1' }).waitFor();
      await say(page, 'Anybody?');
      await row(page, 'Anybody?').waitFor();
    }
    const again = await startRedis({ port: Number(new URL(redis.url).port) });
    onTestFinished(() => again.stop());
    // What to try next, and who is out of reach, can be seen without scrolling, while it happens.
    const fold = await ann.evaluate(() => innerHeight);
    for (const card of ['Now break it', 'Here now']) {
      const box = await ann.locator('section', { hasText: card }).boundingBox();
      expect(box!.y + box!.height).toBeLessThan(fold);
    }
    for (const page of pages) {
      await bus(page, 'up');
      await page.locator('#alone').waitFor({ state: 'hidden' });
      await page.locator('#log').getByText('gap: Some messages may be missing').first().waitFor();
      const colour = (selector: string) =>
        page
          .locator(selector)
          .first()
          .evaluate((element) => getComputedStyle(element).backgroundColor);
      expect(await colour('.log .gap')).not.toBe(await colour('.log .system:not(.gap)'));
      await page.locator('#count', { hasText: '2' }).waitFor();
      await page.locator('#people .unreachable').waitFor({ state: 'detached' });
    }
    await say(ann, 'Hello again');
    for (const page of pages) await row(page, 'Hello again').waitFor();
    for (const page of pages)
      expect(await said(page)).toEqual(['<img src=x onerror=alert(1)>', 'Hello Ann', 'Anybody?', 'Hello again']);

    if (process.platform !== 'win32')
      expect(
        servers.map(({ output }) =>
          output()
            .match(/Redis: (up|down)/g)
            ?.slice(-3),
        ),
      ).toEqual(Array(2).fill(['Redis: up', 'Redis: down', 'Redis: up']));
    await servers[0].stop();
    await ann.locator('.system', { hasText: 'with code 1012' }).waitFor();
    await ann.locator('#next', { hasText: ' of ' }).waitFor();
    await bob.locator('#count', { hasText: '1' }).waitFor(); // the node has said goodbye
  });

  test.skipIf(!installedRedis())('with a Stream nothing is missing afterwards', async () => {
    const { redis, servers } = await cluster(2, { solution: true, args: ['--stream'] });
    const [ann, bob] = [await open(servers[0].url), await open(servers[1].url)];
    for (const page of [ann, bob]) await bus(page, 'up');
    await redis.stop();
    await bus(ann, 'down');
    await say(ann, 'from the tunnel');
    await row(ann, 'from the tunnel').waitFor();
    const again = await startRedis({ port: Number(new URL(redis.url).port) });
    onTestFinished(() => again.stop());
    await row(bob, 'from the tunnel').waitFor();
    expect(await bob.locator('#log').getByText('may be missing').count()).toBe(0);
  });
});

// A learner's files are no longer the starter after the first change, so this is for `npm run verify` only.
describe.skipIf(!browser || !process.env.VERIFY)('the page of day 5 on the starter', () => {
  test('a node without a bus: people on it talk, and the page says that it is alone', async () => {
    const { servers } = await cluster(2, { solution: false });
    const [ann, bob, cleo] = [await open(servers[0].url), await open(servers[0].url), await open(servers[1].url)];
    for (const page of [ann, bob, cleo]) {
      await bus(page, 'down');
      await page.locator('#alone', { hasText: 'This node is alone' }).waitFor();
    }
    await say(ann, 'Hello');
    for (const page of [ann, bob]) await row(page, 'Hello').waitFor();
    await say(cleo, 'And here?');
    await row(cleo, 'And here?').waitFor();
    expect(await said(cleo)).toEqual(['And here?']);
  });
});
