import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Page } from 'playwright-core';
import { launch } from '#tools/tests/helpers/browser.ts';
import { Chaos } from '../demo/chaos/proxy.ts';
import { startServer, type Started } from '#tools/tests/helpers/start-server.ts';

const browser = await launch();
afterAll(() => browser?.close());

/** Chaos in front of the server: a line that can be cut, and healed. */
async function wire(port: number) {
  const chaos = new Chaos(port);
  chaos.server.listen(0, '127.0.0.1');
  await once(chaos.server, 'listening');
  onTestFinished(() => {
    chaos.server.close();
    chaos.cut();
  });
  return {
    url: `http://localhost:${(chaos.server.address() as AddressInfo).port}`,
    cut: () => {
      chaos.weather.refuse = true;
      chaos.cut();
    },
    heal: () => chaos.heal(),
  };
}

const say = async (page: Page, text: string): Promise<void> => {
  await page.getByLabel('Text', { exact: true }).fill(text);
  await page.keyboard.press('Enter');
};
const said = (page: Page) => page.locator('.sent .text, .received .text').allTextContents();

describe.skipIf(!browser)('the page of day 4 on the solution', () => {
  let server: Started;
  beforeAll(async () => (server = await startServer('day4-reconnect/server.ts', { solution: true })).stop);

  test('two tabs talk, one is cut off, and both have heard everything once, in order', async () => {
    const line = await wire(Number(new URL(server.url).port));
    const [far, near] = [await browser!.newPage(), await browser!.newPage()];
    onTestFinished(() => Promise.all([far.close(), near.close()]).then(() => {}));
    await far.goto(line.url);
    await near.goto(server.url);
    for (const page of [far, near]) await page.getByRole('status').getByText('open', { exact: true }).waitFor();
    await say(far, 'one');
    await near.getByText('one', { exact: true }).waitFor();
    await far.getByText('one', { exact: true }).waitFor();

    line.cut();
    await far.locator('#next', { hasText: ' of ' }).waitFor();
    await say(far, 'from the tunnel');
    await far.locator('#outbox', { hasText: '1: from the tunnel' }).waitFor();
    await say(near, 'two');
    await say(near, 'three');
    await near.getByText('three', { exact: true }).waitFor();
    line.heal();
    await far
      .getByRole('button', { name: 'Retry now' })
      .click()
      .catch(() => {}); // it may have come back by itself
    await near.getByText('from the tunnel').waitFor();
    await far.locator('#outbox', { hasText: 'nothing' }).waitFor();
    for (const page of [far, near]) expect(await said(page)).toEqual(['one', 'two', 'three', 'from the tunnel']);
  });

  test('closed is closed', async () => {
    const page = await browser!.newPage();
    onTestFinished(() => page.close());
    await page.goto(server.url);
    await page.getByRole('status').getByText('open', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Close for good' }).click();
    await page.getByRole('status').getByText('closed').waitFor();
    expect(await page.getByRole('button', { name: 'Retry now' }).isDisabled()).toBe(true);
  });
});

// A learner's files are the starter only until the first change, so that target is for `npm run verify`.
describe.skipIf(!browser || !process.env.VERIFY)('the page of day 4 on the starter', () => {
  let server: Started;
  beforeAll(async () => (server = await startServer('day4-reconnect/server.ts')).stop);

  test('it talks, and once cut off it stays down: exercise 4.3', async () => {
    const line = await wire(Number(new URL(server.url).port));
    const page = await browser!.newPage();
    onTestFinished(() => page.close());
    await page.goto(line.url);
    await page.getByRole('status').getByText('open', { exact: true }).waitFor();
    await say(page, 'hello');
    await page.locator('.sent', { hasText: 'hello' }).waitFor();
    line.cut();
    await page.getByRole('status').getByText('down').waitFor();
    await say(page, 'lost');
    await page.getByRole('alert').getByText('Not sent').waitFor();
  });
});
