import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Page } from 'playwright-core';
import { launch } from '#tools/tests/helpers/browser.ts';
import { targets, watch } from '#tools/tests/helpers/pages.ts';
import { startServer, type Started } from '#tools/tests/helpers/start-server.ts';

const browser = await launch();
afterAll(() => browser?.close());

describe.skipIf(!browser).each(targets)('the page of day 1 on $name', ({ solution }) => {
  let server: Started;
  beforeAll(async () => (server = await startServer('day1-protocol/server.ts', { solution })).stop);

  /** The page, greeted, in a tab of its own; what goes wrong in it fails the test. */
  async function open(): Promise<Page> {
    const page = watch(await browser!.newPage());
    await page.goto(server.url);
    await received(page, 'Welcome! Connection established.').waitFor();
    return page;
  }

  const received = (page: Page, text: string) => page.locator('.received', { hasText: text });

  test('greets, and shows that the connection is open', async () => {
    const page = await open();
    expect(await page.getByRole('status').textContent()).toBe('OPEN');
    expect(await page.locator('.received .size').textContent()).toBe('32 bytes, text');
  });

  test('echoes text, and counts its bytes, not its characters', async () => {
    const page = await open();
    await page.getByLabel('Text', { exact: true }).fill('Zoë');
    await page.keyboard.press('Enter');
    await received(page, 'Server received: Zoë').waitFor();
    expect(await page.locator('.sent .size').textContent()).toBe('4 bytes, text');
  });

  test('shows what is sent as text, never as HTML', async () => {
    const page = await open();
    await page.getByLabel('Text', { exact: true }).fill('<img src=x onerror=alert(1)>');
    await page.keyboard.press('Enter');
    await received(page, 'Server received: <img src=x onerror=alert(1)>').waitFor();
    expect(await page.locator('.log img').count()).toBe(0);
  });

  test(
    solution ? 'gets four bytes of binary back as they were' : 'gets four bytes of binary back as text: exercise 1.5',
    async () => {
      const page = await open();
      await page.getByRole('button', { name: 'Send 4 bytes of binary' }).click();
      const answer = page.locator('.received').nth(1);
      await answer.waitFor();
      expect(await answer.locator('.size').textContent()).toBe(solution ? '4 bytes, binary' : '25 bytes, text');
      if (solution) expect(await answer.locator('.text').textContent()).toBe('00 7f 80 ff');
    },
  );

  test('closes, shows the code, and connects again', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Close' }).click();
    await page.getByRole('status').getByText('CLOSED').waitFor();
    expect(await page.locator('#close-code').textContent()).toBe('1000');
    expect(await page.locator('#was-clean').textContent()).toMatch(/^yes/);
    expect(await page.getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Connect again' }).click();
    await page.getByRole('status').getByText('OPEN').waitFor();
    expect(await page.locator('#close-code').textContent()).toBe('not closed yet');
  });
});
