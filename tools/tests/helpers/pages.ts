/** What the browser tests of all pages share. */
import { expect, onTestFinished } from 'vitest';
import type { Page } from 'playwright-core';

/** The code that a page is tested with: the solution, and under `npm run verify` also the starter. A learner's files differ from both. */
export const targets = [{ name: 'the solution', solution: true }];
if (process.env.VERIFY) targets.push({ name: 'the starter', solution: false });

/**
 * Closes the page at the end of the test, and fails the test if something went wrong in it: an error that nobody caught, an
 * error on the console, a dialog.
 *
 * @param allowed errors that are part of the test
 */
export function watch(page: Page, allowed?: RegExp): Page {
  const wrong: string[] = [];
  page.on('pageerror', (error) => wrong.push(String(error)));
  page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
  page.on('dialog', (dialog) => {
    wrong.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  onTestFinished(async () => {
    await page.close();
    expect(wrong.filter((words) => !allowed?.test(words))).toEqual([]);
  });
  return page;
}
