import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { launch } from '#tools/tests/helpers/browser.ts';
import { watch } from '#tools/tests/helpers/pages.ts';
import { startServer, type Started } from '#tools/tests/helpers/start-server.ts';

const browser = await launch();
afterAll(() => browser?.close());

describe.skipIf(!browser)('the raw server and a real browser', () => {
  let server: Started;
  beforeAll(
    async () => (server = await startServer('solutions/day1-protocol/bonus/raw-server.ts', { solution: true })).stop,
  );

  /** The day's page, which the raw server also serves, greeted by it. */
  async function open(): Promise<Page> {
    const page = watch(await browser!.newPage());
    await page.goto(server.url);
    await page.locator('.received', { hasText: 'Welcome! Connection established.' }).waitFor();
    return page;
  }

  test("the day's page is greeted, and gets text and binary back", async () => {
    const page = await open();
    await page.getByLabel('Text', { exact: true }).fill('Zoë 👋');
    await page.keyboard.press('Enter');
    await page.locator('.received', { hasText: 'Server received: Zoë 👋' }).waitFor();
    await page.getByRole('button', { name: 'Send 4 bytes of binary' }).click();
    const answer = page.locator('.received').nth(2);
    await answer.waitFor();
    expect(await answer.locator('.text').textContent()).toBe('00 7f 80 ff');
  });

  test("the page's inspector shows the bytes of this server, too", async () => {
    const page = await open();
    await page.locator('#wire > li', { hasText: '“Welcome! Connection established.”' }).waitFor();
    await page.locator('#wire > li', { hasText: 'Your acceptKey returns the same' }).waitFor();
    expect(await page.locator('#sweep').textContent()).toContain('This server has no heartbeat.');
  });

  test('a close is clean, with its code', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('status').getByText('CLOSED').waitFor();
    expect(await page.locator('#close-code').textContent()).toBe('1000');
    expect(await page.locator('#was-clean').textContent()).toMatch(/^yes/);
  });

  test('long messages, which a browser sends in several TCP segments', async () => {
    const page = await open();
    const lengths = await page.evaluate(async (url) => {
      const socket = new WebSocket(url);
      const next = () => new Promise<string>((resolve) => (socket.onmessage = ({ data }) => resolve(data)));
      await next();
      const answers: number[] = [];
      for (const length of [125, 126, 65_535, 65_536, 500_000]) {
        socket.send('x'.repeat(length));
        answers.push((await next()).length - 'Server received: '.length);
      }
      socket.close(4001, 'enough');
      const { code, reason, wasClean } = await new Promise<CloseEvent>((resolve) => (socket.onclose = resolve));
      return [...answers, code, reason, wasClean];
    }, server.ws);
    expect(lengths).toEqual([125, 126, 65_535, 65_536, 500_000, 4001, 'enough', true]);
  });
});
