import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Browser } from 'playwright-core';

/**
 * Where an installed Chrome, Chromium or Edge is.
 *
 * @returns its path. The variable CHROME_PATH wins; undefined where that names nothing, or no browser is found.
 */
export function findBrowser(): string | undefined {
  const { CHROME_PATH } = process.env;
  const places = CHROME_PATH ? [CHROME_PATH] : usualPlaces();
  return places.find((place) => existsSync(place));
}

/**
 * Starts that browser without a window, or says on the console in one line why it cannot.
 *
 * @returns undefined where there is no browser, or no playwright-core, which is a devDependency
 * @throws where there are both and the browser does not start
 */
export async function launch(): Promise<Browser | undefined> {
  const executablePath = findBrowser();
  if (!executablePath) return without('no Chrome, Chromium or Edge was found; the variable CHROME_PATH can name one.');
  const playwright = await import('playwright-core').catch(() => undefined);
  if (!playwright) return without('playwright-core is not installed; npm run extras installs it.');
  // Chromium's sandbox refuses to run as root, and many CI machines forbid what it needs.
  const chromiumSandbox = !process.env.CI && process.getuid?.() !== 0;
  return playwright.chromium.launch({
    executablePath,
    chromiumSandbox,
    args: ['--disable-gpu', '--disable-dev-shm-usage'],
  });
}

function without(reason: string): undefined {
  console.warn(`Without a browser: ${reason}`);
}

function usualPlaces(): string[] {
  const { PATH = '', PROGRAMFILES, LOCALAPPDATA } = process.env;
  if (process.platform === 'win32') {
    const roots = [PROGRAMFILES, process.env['PROGRAMFILES(X86)'], LOCALAPPDATA].filter((root) => root !== undefined);
    const programs = [
      'Google\\Chrome\\Application\\chrome.exe',
      'Chromium\\Application\\chrome.exe',
      'Microsoft\\Edge\\Application\\msedge.exe',
    ];
    return programs.flatMap((program) => roots.map((root) => join(root, program)));
  }
  if (process.platform === 'darwin') {
    const folders = ['/Applications', join(homedir(), 'Applications')];
    return ['Google Chrome', 'Chromium', 'Microsoft Edge'].flatMap((name) =>
      folders.map((folder) => `${folder}/${name}.app/Contents/MacOS/${name}`),
    );
  }
  const names = [
    'google-chrome',
    'google-chrome-stable',
    'chromium',
    'chromium-browser',
    'microsoft-edge',
    'microsoft-edge-stable',
  ];
  return names.flatMap((name) => PATH.split(delimiter).map((folder) => join(folder, name)));
}
