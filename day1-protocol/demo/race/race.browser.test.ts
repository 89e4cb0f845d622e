import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { launch } from '#tools/tests/helpers/browser.ts';
import { watch } from '#tools/tests/helpers/pages.ts';
import { startServer } from '#tools/tests/helpers/start-server.ts';

const browser = await launch();
afterAll(() => browser?.close());

describe.skipIf(!browser)('the page of the race', () => {
  test('it starts with a click, and compares nobody before each client has a few events', async () => {
    const demo = await startServer('day1-protocol/demo/race.ts', {
      args: ['--page', '--rate', '50', '--poll', '50'],
    });
    onTestFinished(demo.stop);
    const page = watch(await browser!.newPage({ viewport: { width: 1280, height: 720 } }));
    onTestFinished(() => page.close());
    await page.goto(demo.url);
    const verdict = page.locator('#verdict');
    const start = page.getByRole('button', { name: 'Start the race' });

    await start.and(page.locator(':enabled')).waitFor();
    expect(await page.locator('#rows').innerText()).not.toMatch(/\d/);
    expect(await verdict.isVisible()).toBe(false);

    await start.click();
    await verdict
      .getByText(/^Slowest: [\w -]+, [\d.]+ ms\. Most bytes: [\w -]+, \d+ B per event\. WebSocket: /)
      .waitFor();
    expect(await start.isVisible()).toBe(false);
    expect(await page.locator('.bar[hidden]').count()).toBe(0);
    const { y, height } = (await verdict.boundingBox())!;
    expect(y + height).toBeLessThan(720); // above the fold of a projector
  });
});
