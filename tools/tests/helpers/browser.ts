import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Browser } from 'playwright-core';
import type { Browser as Firefox } from 'puppeteer-core';

/**
 * Finds an installed Chrome, Chromium or Edge.
 *
 * @returns its path. The variable CHROME_PATH wins; undefined if that names nothing, or no browser is found.
 */
export function findBrowser(): string | undefined {
  const { CHROME_PATH } = process.env;
  const places = CHROME_PATH ? [CHROME_PATH] : chromePlaces();
  return places.find((place) => existsSync(place));
}

/**
 * Starts that browser without a window, or says on the console in one line why it cannot.
 *
 * @returns undefined without a browser, or without playwright-core, which is a devDependency
 * @throws if both are there and the browser doesn't start
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

/** Finds Firefox. @returns its path. The variable FIREFOX_PATH wins; undefined if that names nothing, or no Firefox is found */
export function findFirefox(): string | undefined {
  const { FIREFOX_PATH } = process.env;
  const places = FIREFOX_PATH ? [FIREFOX_PATH] : firefoxPlaces();
  return places.find((place) => existsSync(place));
}

/**
 * Starts Firefox without a window, or says on the console in one line why it can't. It is driven by puppeteer-core, because
 * playwright-core only drives a Firefox that it has patched itself.
 *
 * @returns undefined without Firefox, or without puppeteer-core, which is a devDependency
 * @throws if both are there and Firefox doesn't start
 */
export async function launchFirefox(): Promise<Firefox | undefined> {
  const executablePath = findFirefox();
  if (!executablePath) return without('no Firefox was found; the variable FIREFOX_PATH can name one.');
  const puppeteer = await import('puppeteer-core').catch(() => undefined);
  if (!puppeteer) return without('puppeteer-core is not installed; npm run extras installs it.');
  return puppeteer.launch({ browser: 'firefox', executablePath, headless: true });
}

function firefoxPlaces(): string[] {
  if (process.platform === 'win32') return inPrograms(['Mozilla Firefox\\firefox.exe']);
  if (process.platform === 'darwin') return inApplications(['Firefox']);
  return onPath(['firefox-esr', 'firefox']);
}

function chromePlaces(): string[] {
  if (process.platform === 'win32')
    return inPrograms([
      'Google\\Chrome\\Application\\chrome.exe',
      'Chromium\\Application\\chrome.exe',
      'Microsoft\\Edge\\Application\\msedge.exe',
    ]);
  if (process.platform === 'darwin') return inApplications(['Google Chrome', 'Chromium', 'Microsoft Edge']);
  return onPath([
    'google-chrome',
    'google-chrome-stable',
    'chromium',
    'chromium-browser',
    'microsoft-edge',
    'microsoft-edge-stable',
  ]);
}

function inPrograms(programs: string[]): string[] {
  const { PROGRAMFILES, LOCALAPPDATA } = process.env;
  const roots = [PROGRAMFILES, process.env['PROGRAMFILES(X86)'], LOCALAPPDATA].filter((root) => root !== undefined);
  return programs.flatMap((program) => roots.map((root) => join(root, program)));
}

const inApplications = (names: string[]): string[] =>
  names.flatMap((name) =>
    ['/Applications', join(homedir(), 'Applications')].map(
      (folder) => `${folder}/${name}.app/Contents/MacOS/${name === 'Firefox' ? 'firefox' : name}`,
    ),
  );

const onPath = (names: string[]): string[] =>
  names.flatMap((name) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name)));
