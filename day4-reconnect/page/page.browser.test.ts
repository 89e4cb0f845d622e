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
    await far.locator('#bound', { hasText: ' of at most ' }).waitFor();
    await say(far, 'from the tunnel');
    await far.locator('.waiting', { hasText: 'from the tunnel' }).waitFor();
    await far.locator('#outbox', { hasText: '1 waiting' }).waitFor();
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
    expect(await far.locator('.replayed .text').allTextContents()).toEqual(['two', 'three']);
    expect(await far.locator('.waiting').count()).toBe(0);
    await say(near, 'four');
    await far.locator('.received:not(.replayed)', { hasText: 'four' }).waitFor();
  });

  test('a name in the address, the list of people, another name; a reload keeps the person', async () => {
    const [ann, bob] = [await browser!.newPage(), await browser!.newPage()];
    onTestFinished(() => Promise.all([ann.close(), bob.close()]).then(() => {}));
    await ann.goto(`${server.url}?name=Ann`);
    await ann.locator('.people', { hasText: 'Ann (you)' }).waitFor();
    await bob.goto(`${server.url}?name=Bob`);
    await ann.locator('.system', { hasText: 'Bob has joined.' }).waitFor();
    expect(await bob.locator('.people li').allTextContents()).toEqual(['Ann', 'Bob (you)']);

    await ann.getByLabel('Name', { exact: true }).fill('Anna');
    await ann.getByRole('button', { name: 'Change' }).click();
    await bob.locator('.system', { hasText: 'Ann is now called Anna.' }).waitFor();
    await say(ann, 'before');
    await bob.locator('.received', { hasText: 'before' }).waitFor();
    const colour = () => bob.locator('.people .person', { hasText: 'Anna' }).getAttribute('style');
    const before = await colour();
    await ann.reload();
    await ann.locator('.people', { hasText: 'Anna (you)' }).waitFor();
    await bob.locator('.system', { hasText: 'Anna has joined.' }).waitFor();
    expect(await bob.locator('.people li').allTextContents()).toEqual(['Bob (you)', 'Anna']);
    expect(await colour()).toBe(before); // the colour is that of the user, so this is the same one
  });

  test('"Plan a retry": one countdown; the retries in a row start again when the connection has lasted', async () => {
    const page = await browser!.newPage();
    onTestFinished(() => page.close());
    await page.clock.install({ time: 0 });
    await page.clock.pauseAt(1000); // from now on, time passes only when this test says so
    await page.goto(server.url);
    await page.getByRole('status').getByText('open', { exact: true }).waitFor();
    for (let i = 0; i < 2; i++) await page.getByRole('button', { name: 'Plan a retry' }).click();
    await page.getByRole('status').getByText('waiting').waitFor();
    await page.clock.runFor(3000); // longer than any delay of the second attempt
    await page.getByRole('status').getByText('open', { exact: true }).waitFor();
    expect(await page.locator('#attempt').textContent()).toBe('2');
    await page.clock.runFor(6000);
    expect(await page.locator('#attempt').textContent()).toBe('0');
    expect(await page.locator('#silence').textContent()).toMatch(/^[6-9] s$/);
    await page.clock.runFor(10_000);
    // The server was asked, and answers in its own time.
    await expect
      .poll(async () => {
        await page.clock.runFor(100);
        return page.locator('#silence').textContent();
      })
      .toMatch(/^[0-4] s$/);
  });

  test('a gap is a band of its own, once', async () => {
    const [own, page] = [await startServer('day4-reconnect/server.ts', { solution: true }), await browser!.newPage()];
    onTestFinished(() => page.close());
    const { port } = new URL(own.url);
    await page.goto(own.url);
    await page.getByRole('status').getByText('open', { exact: true }).waitFor();
    await say(page, 'forgotten');
    await page.locator('.sent:not(.waiting)', { hasText: 'forgotten' }).waitFor();
    await own.stop();
    await page.locator('#bound', { hasText: ' of at most ' }).waitFor();
    await say(page, 'one');
    await say(page, 'two');
    const fold = await page.evaluate(() => innerHeight);
    const card = await page.locator('section', { hasText: 'Now break it' }).boundingBox();
    expect(card!.y + card!.height).toBeLessThan(fold);
    const back = await startServer('day4-reconnect/server.ts', { solution: true, args: ['--port', port] });
    onTestFinished(back.stop);
    await page
      .getByRole('button', { name: 'Retry now' })
      .click()
      .catch(() => {});
    await page.locator('.gap').waitFor();
    await page.locator('#outbox', { hasText: 'nothing' }).waitFor();
    expect(await page.locator('.log p:not(.system) .text, .gap').allTextContents()).toEqual([
      'forgotten',
      expect.stringContaining('Messages may be missing here'),
      'one',
      'two',
    ]);
    expect(await page.locator('.replayed').count()).toBe(0);
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

  test('it talks, and does not notice that it is cut off: exercise 4.4', async () => {
    const line = await wire(Number(new URL(server.url).port));
    const page = await browser!.newPage();
    onTestFinished(() => page.close());
    await page.goto(line.url);
    await page.getByRole('status').getByText('open', { exact: true }).waitFor();
    await say(page, 'hello');
    await page.locator('.sent', { hasText: 'hello' }).waitFor();
    line.cut();
    await expect
      .poll(async () => {
        await say(page, 'lost');
        return page.getByRole('alert').getByText('Not sent').isVisible();
      })
      .toBe(true);
    expect(await page.getByRole('status').textContent()).toBe('open');
  });
});
