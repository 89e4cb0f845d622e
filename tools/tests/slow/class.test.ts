/** The board of the class with many learners, in browsers, and from the command line. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { Chaos } from '../../../day4-reconnect/demo/chaos/proxy.ts';
import { Outbox } from '#solutions/day4-reconnect/bonus/outbox.ts';
import { ReconnectingClient } from '#solutions/day4-reconnect/reconnecting-client.ts';
import { saying } from '#tools/serve/class/member.ts';
import type { Wish } from '#tools/serve/class/protocol.ts';
import { readState } from '#tools/serve/class/store.ts';
import { talk } from '#tools/serve/class/talk.ts';
import { freePorts, listening } from '#tools/serve/ports.ts';
import { launch } from '#tools/tests/helpers/browser.ts';
import { startBoard, temporary } from '#tools/tests/helpers/class-board.ts';
import { CourseCopy } from '#tools/tests/helpers/course-copy.ts';
import { watch } from '#tools/tests/helpers/pages.ts';
import { startServer } from '#tools/tests/helpers/start-server.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browser = await launch();
afterAll(() => browser?.close());

/** Each takes seconds, and many times more on a machine that is busy. */
const LONG = { timeout: 300_000 };

/** The port of a bad network. It is gone when the test is over. */
async function behind(chaos: Chaos): Promise<number> {
  onTestFinished(() => {
    chaos.cut();
    chaos.server.close();
  });
  return listening(chaos.server);
}

describe('200 learners behind a bad network', LONG, () => {
  test('each of their 2,000 reports counts once, although every line is cut and the board is restarted', async () => {
    const [LEARNERS, REPORTS] = [200, 10];
    const path = join(temporary(), 'class.json');
    const first = await startBoard({ path });
    const chaos = new Chaos(first.port);
    let port = await behind(chaos);
    let confirmed = 0;
    const waits: { count: number; wake: () => void }[] = [];
    const until = (count: number): Promise<void> => new Promise((wake) => waits.push({ count, wake }));
    const steps = [until(200), until(700), until(LEARNERS * REPORTS)];

    const clients = await Promise.all(
      Array.from({ length: LEARNERS }, async (_, i) => {
        const token = await first.token(`learner ${i}`);
        const outbox = new Outbox();
        const client = new ReconnectingClient({
          url: () => ({ url: `ws://127.0.0.1:${port}`, protocols: ['chat', `token.${token}`] }),
          room: 'learner',
          WebSocket,
          outbox,
          delay: () => 20 * Math.random(),
        });
        let said = 0;
        const text = JSON.stringify({ do: 'report', ago: 0, marks: { '1.1': 'done' } } satisfies Wish);
        const say = (): void => void (said++ < REPORTS && client.send(text));
        const confirm = outbox.confirm.bind(outbox);
        outbox.confirm = (key) => {
          const before = outbox.waiting.length;
          confirm(key);
          if (outbox.waiting.length === before) return;
          confirmed++;
          say();
          for (const { count, wake } of waits) if (confirmed >= count) wake();
        };
        say();
        say();
        client.start();
        return client;
      }),
    );
    onTestFinished(() => clients.forEach((client) => client.close()));
    await steps[0];
    chaos.cut();
    await steps[1];
    chaos.outage(true);
    // What the board has confirmed is in its file already: it could have crashed here.
    const kept = Object.values(readState(path)!.rows).reduce((sum, { reports }) => sum + reports, 0);
    expect(kept).toBeGreaterThanOrEqual(confirmed);
    await first.stop();
    // On another port: this one may be taken by now, for example by one of the clients' own connections.
    const second = await startBoard({ path });
    port = await behind(new Chaos(second.port));
    await steps[2];

    const rows = Object.values(second.classroom.state.rows);
    expect(rows).toHaveLength(LEARNERS);
    expect(new Set(rows.map(({ reports }) => reports))).toEqual(new Set([REPORTS]));
  });
});

const VIEWS = [
  { width: 1280, height: 720, colorScheme: 'light' },
  { width: 390, height: 844, colorScheme: 'dark' },
] as const;

/** What a person with a screen reader, with weak eyes or without a mouse would stumble over, and whether the page is too wide. */
async function problems(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() =>
    (window as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
  );
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  return [
    ...violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => `${id}: ${help} (${target})`)),
    ...(wide > 0 ? [`${wide} pixels too wide`] : []),
  ];
}

describe.skipIf(!browser)('in a browser', LONG, () => {
  async function open(url: string, view: (typeof VIEWS)[number] = VIEWS[0]): Promise<Page> {
    const { width, height, colorScheme } = view;
    const context = await browser!.newContext({ viewport: { width, height }, colorScheme });
    onTestFinished(() => context.close());
    const page = watch(await context.newPage());
    await page.goto(url);
    await page.getByRole('status').getByText('connected', { exact: true }).waitFor();
    return page;
  }

  test('a learner reports, and the board shows it; two voters vote, and the bars appear when the instructor wants it', async () => {
    const board = await startBoard();
    const url = `http://localhost:${board.port}`;
    const teacher = await open(url);
    await teacher.getByRole('heading', { name: 'Nobody is here yet' }).waitFor();
    expect(await problems(teacher)).toEqual([]);

    await talk({
      address: board.address,
      token: await board.token('<b>Ann</b>'),
      room: 'learner',
      says: [saying({ do: 'report', ago: 130_000, marks: { '1.1': 'done', '1.2': 'wrong', '1.3': 'open' } })],
    });
    const row = teacher.getByRole('row', { name: '<b>Ann</b>' });
    await row.waitFor();
    expect((await row.innerText()).split(/\s+/).join(' ')).toBe('<b>Ann</b> ✓ done ✗ wrong, is here · open 2 min');
    await teacher.locator('.tiles .most', { hasText: '▶ 1 here' }).filter({ hasText: '1.2' }).waitFor();

    const voters = [await open(`${url}/vote`, VIEWS[1]), await open(`http://127.0.0.1:${board.port}/vote`)];
    await voters[0].getByText('No question is asked right now.').waitFor();
    await teacher.getByLabel('Question').selectOption('1.6');
    await teacher.getByRole('button', { name: 'Ask the class' }).click();
    for (const voter of voters) await voter.getByRole('group', { name: 'Which one is the slowest?' }).waitFor();
    await voters[0].getByLabel('b. a WebSocket').check();
    await voters[0].getByText('Your vote: b.').waitFor();
    await voters[0].getByLabel('a. polling').check();
    await voters[0].getByText('Your vote: a.').waitFor();
    await voters[1].getByLabel('b. a WebSocket').focus();
    await voters[1].keyboard.press('Space');
    await teacher.getByText('2 votes', { exact: true }).waitFor();
    for (const page of [teacher, ...voters]) {
      expect(await page.locator('.bar').count()).toBe(0);
      expect(await problems(page)).toEqual([]);
    }

    await voters[0].reload();
    await voters[0].getByText('Your vote: a.').waitFor();
    await teacher.getByRole('button', { name: 'Show the answers' }).click();

    for (const page of [teacher, ...voters]) {
      await page.getByText('It waits for half of its interval.').waitFor();
      expect(await page.locator('.share .number').allInnerTexts()).toEqual(['1', '1']);
      expect(await problems(page)).toEqual([]);
    }
    await voters[0].getByText('✓ right, your vote').waitFor();
    await teacher.getByRole('button', { name: 'End the question' }).click();
    await row.waitFor();
    await voters[0].getByText('No question is asked right now.').waitFor();
  });

  test('a board that is opened under another name than localhost says what to do instead', async () => {
    const board = await startBoard();
    const context = await browser!.newContext({ extraHTTPHeaders: { 'X-Forwarded-For': '192.168.1.9' } });
    onTestFinished(() => context.close());
    const page = await context.newPage();

    await page.goto(`http://localhost:${board.port}/`);
    await page.getByRole('heading', { name: 'Vote' }).waitFor();

    await page.goto(`http://localhost:${board.port}/index.html`);
    await page.getByRole('alert').getByText("on the instructor's own machine only").waitFor();
  });

  test.each(VIEWS)('30 learners, $width pixels wide, $colorScheme', async (view) => {
    const { url, stop } = await startServer('tools/serve/class/board.ts', { args: ['--demo'] });
    onTestFinished(stop);
    const page = await open(url, view);
    await page.getByRole('row', { name: 'Yusuf' }).waitFor();
    expect(await problems(page)).toEqual([]);
    const names = (): Promise<string[]> => page.locator('.learners tbody th').allInnerTexts();
    expect((await names()).slice(0, 2)).toEqual(['Ada', 'Amir']);

    if (view.width === 1280) {
      const { y, height } = (await page.getByRole('row', { name: 'Yusuf' }).boundingBox())!;
      expect(y + height, 'the last row is on the screen').toBeLessThanOrEqual(view.height);
    }
    await page.getByLabel('Sorted by').selectOption('progress');
    expect((await names()).slice(0, 2)).toEqual(['Noor', 'Hana']);
    await page.getByLabel('Day').selectOption('3');
    await page.getByRole('columnheader', { name: '3.7' }).first().waitFor();
  });
});

describe('the command', LONG, () => {
  const course = new CourseCopy({ history: false });
  afterAll(() => course.drop());

  test(
    'a class: the board, a learner, a report of npm test, a question, the CSV, the end',
    { timeout: 300_000 },
    async () => {
      const [port] = await freePorts(0);
      const board = course.start('class', 'port', String(port));
      onTestFinished(board.stop);
      await board.until('Open the board on this machine');
      expect((await course.run('class', 'join', `127.0.0.1:${port}`, 'Ann', 'B.')).output).toContain('as "Ann B."');
      expect(await course.run('test', '1.1')).toMatchObject({ code: 1 });
      // The report is on its way. The board writes it into its file before it confirms it.
      await expect
        .poll(() => readFileSync(join(course.folder, '.course/class.json'), 'utf8'), {
          timeout: 200_000,
          interval: 100,
        })
        .toContain('"reports":1');
      expect(await course.run('class', 'ask', '1.2')).toEqual({ code: 0, output: '' });
      expect((await course.run('class', 'export')).output).toMatch(/^name,1\.1,.*\r\nAnn B\.,open,/);
      expect((await course.run('class', 'leave')).output).toContain('Your row is off the board');
      expect((await course.run('class', 'forget')).output).toContain('and the board has ended');
      expect(existsSync(join(course.folder, '.course/class.json'))).toBe(false);
      expect(existsSync(join(course.folder, '.course/joined'))).toBe(false);
    },
  );

  test(
    'npm test does not wait for a board that accepts the connection and says nothing; its report stays',
    { timeout: 300_000 },
    async () => {
      let connected = (): void => {};
      const isConnected = new Promise<void>((resolve) => (connected = resolve));
      const silent = createServer((socket) => {
        socket.on('error', () => {});
        connected();
      });
      const port = await listening(silent);
      onTestFinished(() => void silent.close());
      const folder = join(course.folder, '.course/joined');
      mkdirSync(folder, { recursive: true });
      writeFileSync(
        join(folder, 'member.json'),
        JSON.stringify({ address: `127.0.0.1:${port}`, name: 'Ann', token: 'x.y' }),
      );

      const { output } = await course.run('test', '1.1');

      // The delivery is still waiting for an answer that never comes, and npm test has ended.
      expect(output).toMatch(/\n\d+ passed, \d+ failed\n$/);
      await isConnected;
      expect(readdirSync(folder).filter((name) => name.endsWith('.report.json'))).toHaveLength(1);
    },
  );
});
