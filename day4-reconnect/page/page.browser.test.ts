import { createServer, connect as dial, type Socket } from 'node:net';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Page } from 'playwright-core';
import { launch } from '#tools/browser.ts';
import { startServer, type Started } from '#tools/tests/start-server.ts';

const browser = await launch();
afterAll(() => browser?.close());

/** A wire in front of the server that can be cut, and mended. */
async function wire(port: number) {
  const sockets = new Set<Socket>();
  let cut = false;
  const server = createServer((near) => {
    near.on('error', () => {});
    if (cut) return void near.destroy();
    const far = dial(port, '127.0.0.1');
    for (const [one, other] of [[near, far], [far, near]]) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => (sockets.delete(one), other.destroy()));
      one.pipe(other);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const all = () => sockets.forEach((socket) => socket.destroy());
  onTestFinished(() => (server.close(), all()));
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    cut: () => ((cut = true), all()),
    mend: () => void (cut = false),
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
    await far.locator('#next', { hasText: ' s of ' }).waitFor();
    await say(far, 'from the tunnel');
    await far.locator('#outbox', { hasText: '1: from the tunnel' }).waitFor();
    await say(near, 'two');
    await say(near, 'three');
    await near.getByText('three', { exact: true }).waitFor();
    line.mend();
    await far.getByRole('button', { name: 'Retry now' }).click().catch(() => {}); // it may have come back by itself
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
