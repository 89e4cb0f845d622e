import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { launch } from '#tools/tests/helpers/browser.ts';
import { targets, watch } from '#tools/tests/helpers/pages.ts';
import { startServer, type Started } from '#tools/tests/helpers/start-server.ts';

const browser = await launch();
afterAll(() => browser?.close());

/** Whether all of an element is on the screen. */
async function inView(element: Locator, height: number): Promise<boolean> {
  const box = await element.boundingBox();
  return box !== null && box.y >= 0 && box.y + box.height <= height;
}

describe.skipIf(!browser).each(targets)('the page of day 2 on $name', ({ solution }) => {
  let server: Started;
  beforeAll(async () => (server = await startServer('day2-client/server.ts', { solution })).stop);

  /** Opens the page in a new tab, connected. An error in it fails the test. @param allowed errors that the console may show */
  async function open(at = server, allowed?: RegExp): Promise<Page> {
    const page = watch(await browser!.newPage(), allowed);
    await page.goto(at.url);
    await line(page, 'received', 'Ask me for the time').waitFor();
    return page;
  }
  const line = (page: Page, kind: string, text: string) => page.locator(`.log .${kind}`, { hasText: text }).first();
  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

  test.each([
    ['CONNECTING', 'threw InvalidStateError.'],
    ['OPEN', 'returned, and threw nothing. The echo came back.'],
    ['CLOSING', 'returned, and threw nothing. Nothing arrived: the browser discarded the message.'],
    ['CLOSED', 'returned, and threw nothing. Nothing arrived: the browser discarded the message.'],
  ])("the browser's own send() while %s", async (state, result) => {
    const page = await open(server, /WebSocket is already in CLOSING or CLOSED state/); // only the console is told
    await press(page, state);
    await line(page, 'system', `${state}: the browser's own send() ${result}`).waitFor();
    expect(await page.getByRole('status').textContent()).toBe('OPEN'); // the client's own connection is not touched
  });

  if (!solution) {
    test('works, and says what is not written yet', async () => {
      const page = await open();
      await page.getByRole('status').getByText('OPEN').waitFor();
      await line(page, 'system', 'connect() resolved, readyState 0').waitFor();
      await press(page, 'Send');
      await line(page, 'system', 'send() returned false').waitFor();
      await press(page, 'request the time');
      await line(page, 'system', 'Exercise 2.6, request, is not written yet.').waitFor();
      await press(page, 'Close');
      await line(page, 'system', 'close(1000) returned, and the socket is still OPEN.').waitFor();
      await press(page, '2.c: send 100 large texts');
      await line(page, 'system', 'sendUnlessBusy() sent 0 of 100').waitFor();
      await press(page, '2.b: put the text into the queue');
      await line(page, 'system', 'SendQueue: "Hello" was queued. Waiting: 1.').waitFor();
    });
    return;
  }

  test('connects, sends, and gets replies', async () => {
    const page = await open();
    await line(page, 'system', 'connect() resolved, readyState 1').waitFor();
    await page.getByLabel('Text', { exact: true }).fill('<b>Zoë</b>');
    await page.keyboard.press('Enter');
    await line(page, 'system', 'The handler for "echo" was called: <b>Zoë</b>').waitFor();
    expect(await page.locator('.log b').count()).toBe(0);
    await press(page, 'request the time');
    await line(page, 'system', 'request() resolved: {"type":"time"').waitFor();
    expect(await page.locator('#waiting').textContent()).toBe('0 requests');
  });

  test('survives everything that the server can do wrong', async () => {
    const page = await open();
    for (const how of ['bad JSON', 'no object', 'binary', 'type open', 'type __proto__']) await press(page, how);
    await press(page, 'request the time');
    await line(page, 'system', 'request() resolved').waitFor();
    expect(await page.locator('#problems').textContent()).toBe('3 reported');
    expect(await page.locator('.log .problem').count()).toBe(3);
    await line(page, 'system', 'No handler for "open"; still readyState 1.').waitFor();
    await line(page, 'system', 'No handler for "__proto__"; still readyState 1.').waitFor();
    expect(await page.getByRole('status').textContent()).toBe('OPEN');
  });

  test('shows what the bonus exercises do', async () => {
    const page = await open();
    await press(page, 'binary');
    await line(page, 'system', 'toBytes() returned 4 bytes: 00 7f 80 ff').waitFor();

    await press(page, '2.c: send 100 large texts');
    const flood = await line(page, 'system', 'sendUnlessBusy() sent').textContent();
    const sent = Number(/sent (\d+) of/.exec(flood!)![1]);
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThan(100);

    await press(page, 'Close');
    await page.getByRole('status').getByText('CLOSED').waitFor();
    for (const text of ['one', 'two']) {
      await page.getByLabel('Text', { exact: true }).fill(text);
      await press(page, '2.b: put the text into the queue');
      await line(page, 'system', `"${text}" was queued`).waitFor();
    }
    await press(page, 'connect()');
    await line(page, 'system', 'flush() sent 2. Waiting: 0.').waitFor();
    await line(page, 'system', 'The handler for "echo" was called: two').waitFor();
  });

  test('closes without a code if the field is empty', async () => {
    const page = await open();
    await page.getByLabel('close(code)').fill(' ');
    await press(page, 'Close');
    await page.getByRole('status').getByText('CLOSED').waitFor();
    expect(await page.locator('#last-close').textContent()).toBe('1000, clean');
  });

  test('refuses a code that browsers refuse, and closes with one that they allow', async () => {
    const page = await open();
    await page.getByLabel('close(code)').fill('1001');
    await press(page, 'Close');
    await line(page, 'system', 'close(1001) threw RangeError').waitFor();
    expect(await line(page, 'system', 'is still OPEN').count()).toBe(0);
    expect(await page.getByRole('status').textContent()).toBe('OPEN');
    await page.getByLabel('close(code)').fill('4001');
    await press(page, 'Close');
    await page.getByRole('status').getByText('CLOSED').waitFor();
    expect(await page.locator('#last-close').textContent()).toBe('4001, from the page, clean');
    await press(page, 'Send');
    await line(page, 'system', 'send() returned false').waitFor();
    await press(page, 'connect()');
    await page.getByRole('status').getByText('OPEN').waitFor();
  });

  test('a cut connection has code 1006, and its request rejects', async () => {
    const page = await open();
    await press(page, 'request, no reply');
    await press(page, 'cut the line');
    await line(page, 'system', 'request() rejected: The connection closed, with code 1006').waitFor();
    expect(await page.locator('#last-close').textContent()).toBe('1006, not clean');
  });

  test("a server's own close code and reason arrive", async () => {
    const page = await open();
    await press(page, 'close 4001');
    await page.getByRole('status').getByText('CLOSED').waitFor();
    expect(await page.locator('#last-close').textContent()).toBe('4001, please sign in again, clean');
  });

  test('if the server goes away, the request rejects, and so does connect()', async () => {
    const mine = await startServer('day2-client/server.ts', { solution: true });
    onTestFinished(mine.stop);
    const page = await open(mine, /WebSocket connection to .* failed/);
    await press(page, 'request, no reply');
    await mine.stop();
    await line(page, 'system', 'request() rejected: The connection closed, with code 1006').waitFor();
    expect(await page.getByRole('status').textContent()).toBe('CLOSED');
    await press(page, 'connect()');
    await line(page, 'system', 'connect() rejected: No connection to ws://').waitFor();
    await press(page, 'Send');
    await line(page, 'system', 'send() returned false').waitFor();
  });

  test.each([
    [1280, 720],
    [390, 844],
  ])('at %i x %i the state stays in sight, and nothing is too wide', async (width, height) => {
    const page = await open();
    await page.setViewportSize({ width, height });
    await page.getByRole('button', { name: '2.c: send 100 large texts' }).scrollIntoViewIfNeeded();
    if (width > height) expect(await inView(page.locator('#log'), height)).toBe(true); // so that one sees what a button does
    const badge = await page.getByRole('status').boundingBox();
    expect(badge?.y).toBeGreaterThanOrEqual(0);
    expect(badge?.y).toBeLessThan(height / 4);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
  });
});
