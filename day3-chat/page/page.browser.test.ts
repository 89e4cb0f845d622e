import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { launch } from '#tools/tests/helpers/browser.ts';
import { targets, watch } from '#tools/tests/helpers/pages.ts';
import { startServer, type Started } from '#tools/tests/helpers/start-server.ts';

const browser = await launch();
afterAll(() => browser?.close());

describe.skipIf(!browser).each(targets)('the page of day 3 on $name', ({ solution }) => {
  let server: Started;
  beforeAll(async () => (server = await startServer('day3-chat/server.ts', { solution })).stop);

  /** A browser of one's own, with its own memory; what goes wrong in its pages fails the test. */
  async function someone(options = {}): Promise<BrowserContext> {
    const context = await browser!.newContext(options);
    onTestFinished(() => context.close());
    return context;
  }
  async function open(context: BrowserContext, allowed?: RegExp): Promise<Page> {
    const page = watch(await context.newPage(), allowed);
    await page.goto(server.url);
    return page;
  }
  async function enter(context: BrowserContext, name: string, room: string): Promise<Page> {
    const page = await open(context);
    await page.getByLabel('Your name').fill(name);
    await page.locator('#room').fill(room);
    await page.getByRole('button', { name: 'Enter' }).click();
    await page.getByRole('status').getByText('connected', { exact: true }).waitFor();
    // The starter tells no one who is there: exercise 3.2.
    if (solution) await page.locator('.system', { hasText: `You are in ${room}.` }).waitFor();
    return page;
  }
  async function say(page: Page, text: string): Promise<void> {
    await page.getByLabel('Message', { exact: true }).fill(text);
    await page.keyboard.press('Enter');
  }
  const line = (page: Page, text: string) => page.locator('.log p', { hasText: text });

  test('two people talk', async () => {
    const [ann, bob] = [await enter(await someone(), 'Ann', 'talk'), await enter(await someone(), 'Bob', 'talk')];
    await say(ann, 'Hello Bob');
    await line(bob, 'Hello Bob').waitFor();
    await say(bob, 'Hello Ann');
    await line(ann, 'Hello Ann').waitFor();
    expect(await line(ann, 'Hello Bob').count()).toBe(1);
    expect(await line(bob, 'Hello Bob').locator('.who').textContent()).toBe('Ann');
  });

  test('a script in a message and in a name stays text', async () => {
    const script = '<img src=x onerror=alert(1)>';
    const [ann, bob] = [
      await enter(await someone(), script, 'scripts'),
      await enter(await someone(), 'Bob', 'scripts'),
    ];
    await say(ann, `<script>alert(2)</script>${script}`);
    await line(bob, '<script>alert(2)</script>').waitFor();
    expect(await line(bob, '<script>').locator('.who').textContent()).toBe(script);
    expect(await bob.locator('.log img, .log script, .people img').count()).toBe(0);
    if (solution) expect(await ann.locator('.people').textContent()).toContain(script);
  });

  test('a refused token shows a clear message', async () => {
    const context = await someone();
    await context.route('**/token', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      const answer = await (await route.fetch()).json();
      await route.fulfill({ json: { ...answer, token: `${answer.token.split('.')[0]}.forged` } });
    });
    const page = await open(context, /WebSocket connection .* failed|401/);
    await page.getByLabel('Your name').fill('Eve');
    await page.getByRole('button', { name: 'Enter' }).click();
    if (solution) {
      await page.getByRole('alert').getByText('The server refused your token (401)').waitFor();
      expect(await page.getByRole('button', { name: 'Enter' }).isVisible()).toBe(true);
    } else await page.getByRole('status').getByText('connected', { exact: true }).waitFor(); // exercise 3.7
  });

  test('a name that the server does not take: the page says why', async () => {
    const page = await open(await someone(), /400/);
    await page.getByLabel('Your name').fill('\u200b');
    await page.getByRole('button', { name: 'Enter' }).click();
    await page.getByRole('alert').getByText('name: a name needs something that can be seen').waitFor();
  });

  describe.runIf(solution)('with all exercises', () => {
    test('the list of people, typing, a new name, leaving', async () => {
      const [ann, bob] = [await enter(await someone(), 'Ann', 'people'), await enter(await someone(), 'Bob', 'people')];
      await line(ann, 'Bob has joined.').waitFor();
      expect(await ann.locator('.people li').allTextContents()).toEqual(['Ann (you)', 'Bob']);
      await bob.getByLabel('Message', { exact: true }).pressSequentially('Hm');
      await ann.getByText('Bob is typing …').waitFor();
      await bob.getByLabel('Name', { exact: true }).fill('Robert');
      await bob.getByRole('button', { name: 'Change' }).click();
      await line(ann, 'Bob is now called Robert.').waitFor();
      expect(await bob.locator('.people .me').textContent()).toBe('Robert (you)');
      await bob.close();
      await line(ann, 'Robert has left.').waitFor();
      expect(await ann.locator('.people li').allTextContents()).toEqual(['Ann (you)']);
    });

    test('an empty room invites, and each person has a colour, the same in all places', async () => {
      const ann = await enter(await someone(), 'Ann', 'colours');
      const invitation = ann.getByText('Open this address in a second tab');
      expect(await invitation.isVisible()).toBe(true);
      const bob = await enter(await someone(), 'Bob', 'colours');
      await line(ann, 'Bob has joined.').waitFor();
      expect(await invitation.isVisible()).toBe(false);
      await say(bob, 'Hello');
      await line(ann, 'Hello').waitFor();
      const colourOf = (place: Locator) => place.evaluate((element) => getComputedStyle(element).color);
      const [annInList, bobInList] = await Promise.all([0, 1].map((i) => colourOf(ann.locator('.people li').nth(i))));
      expect(await colourOf(line(ann, 'Hello').locator('.who'))).toBe(bobInList);
      expect(annInList).not.toBe(bobInList);
    });

    test('two tabs of one browser are one user, and one that closes takes nobody away', async () => {
      const context = await someone();
      const [tab, secondTab, bob] = [
        await enter(context, 'Ann', 'tabs'),
        await enter(context, 'Ann', 'tabs'),
        await enter(await someone(), 'Bob', 'tabs'),
      ];
      expect(await bob.locator('.people li').allTextContents()).toEqual(['Ann', 'Bob (you)']);
      await say(tab, 'From one tab');
      await line(secondTab, 'From one tab').waitFor();
      expect(await line(secondTab, 'From one tab').getAttribute('class')).toBe('sent');
      await tab.close();
      await say(secondTab, 'Still here');
      await line(bob, 'Still here').waitFor();
      expect(await line(bob, 'has left').count()).toBe(0);
    });

    test('a reload keeps who you are, also after a new name', async () => {
      const context = await someone();
      const [ann, bob] = [await enter(context, 'Ann', 'reload'), await enter(await someone(), 'Bob', 'reload')];
      await say(ann, 'Before');
      await line(bob, 'Before').waitFor();
      await ann.getByLabel('Name', { exact: true }).fill('Anna');
      await ann.getByRole('button', { name: 'Change' }).click();
      await line(bob, 'Ann is now called Anna.').waitFor();
      const secondTab = await enter(context, 'Anna', 'reload');
      await ann.reload();
      expect(await ann.getByLabel('Your name').inputValue()).toBe('Anna');
      await ann.locator('#room').fill('reload');
      await ann.getByRole('button', { name: 'Enter' }).click();
      await line(ann, 'You are in reload.').waitFor();
      await say(ann, 'After');
      await line(secondTab, 'After').waitFor();
      expect(await line(secondTab, 'After').getAttribute('class')).toBe('sent');
      expect(await bob.locator('.people li').allTextContents()).toEqual(['Anna', 'Bob (you)']);
      expect(await line(bob, 'has').allTextContents()).toEqual([]); // nobody has joined or left
    });

    test('a second tab under another name is the same person, renamed', async () => {
      const context = await someone();
      const [tab, bob] = [await enter(context, 'Ann', 'second'), await enter(await someone(), 'Bob', 'second')];
      const secondTab = await enter(context, 'Annie', 'second');
      await line(bob, 'Ann is now called Annie.').waitFor();
      await line(tab, 'Ann is now called Annie.').waitFor();
      expect(await secondTab.locator('.people .me').textContent()).toBe('Annie (you)');
      expect(await bob.locator('.people li').count()).toBe(2);
    });

    test('a tab can be another person, and stays one after a reload', async () => {
      const context = await someone();
      const ann = await enter(context, 'Ann', 'alone');
      const bob = await open(context);
      await bob.getByLabel('This tab is another person').check();
      for (let i = 0; i < 2; i++) {
        if (i === 1) await bob.reload();
        else await bob.getByLabel('Your name').fill('Bob');
        await bob.locator('#room').fill('alone');
        await bob.getByRole('button', { name: 'Enter' }).click();
        await line(bob, 'You are in alone.').waitFor();
        expect(await bob.locator('.people li').allTextContents()).toEqual(['Ann', 'Bob (you)']);
      }
      await say(bob, 'Hello');
      await line(ann, 'Hello').waitFor();
      expect(await line(ann, 'Hello').getAttribute('class')).toBe('received');
    });

    test('another room is another conversation', async () => {
      const [ann, bob] = [await enter(await someone(), 'Ann', 'first'), await enter(await someone(), 'Bob', 'first')];
      await bob.getByLabel('Room', { exact: true }).last().fill('second');
      await bob.getByRole('button', { name: 'Go' }).click();
      await line(ann, 'Bob has left.').waitFor();
      await line(bob, 'You are in second.').waitFor();
      await say(bob, 'Alone');
      await line(bob, 'Alone').waitFor();
      expect(await line(ann, 'Alone').count()).toBe(0);
    });

    test('what the server did not take can be sent again', async () => {
      const page = await enter(await someone(), 'Ann', 'hasty');
      await page.evaluate(() => {
        const [text, form] = [
          document.querySelector<HTMLInputElement>('#text')!,
          document.querySelector<HTMLFormElement>('#say')!,
        ];
        for (let i = 1; i <= 30; i++) {
          text.value = `Word ${i}`;
          form.requestSubmit();
        }
      });
      await page.getByRole('alert').getByText('Too many messages').waitFor();
      await expect.poll(() => page.getByLabel('Message', { exact: true }).inputValue()).toBe('Word 30');
      expect(await line(page, 'Word 30').count()).toBe(0);
    });

    test("fits a phone's width", async () => {
      const page = await enter(
        await someone({ viewport: { width: 360, height: 640 } }),
        'W'.repeat(40),
        'M'.repeat(64),
      );
      await say(page, 'x'.repeat(300));
      await line(page, 'xxx').waitFor();
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      expect(await page.getByRole('button', { name: 'Send' }).isVisible()).toBe(true);
    });
  });
});
