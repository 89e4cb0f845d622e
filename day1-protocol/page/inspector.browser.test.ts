/** The frame inspector, in a real browser: on the solution and the starter, and on a learner's way from one to the other. */
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { Locator, Page } from 'playwright-core';
import { launch } from '#tools/tests/helpers/browser.ts';
import { CourseCopy } from '#tools/tests/helpers/course-copy.ts';
import { targets, watch } from '#tools/tests/helpers/pages.ts';
import { startServer, type Started } from '#tools/tests/helpers/start-server.ts';

const browser = await launch();
afterAll(() => browser?.close());

const SERVER = 'day1-protocol/server.ts';

/** The page of a server, greeted. @param allowed errors on the console that are part of the test */
async function open({ url }: Started, { width = 1280, allowed }: { width?: number; allowed?: RegExp } = {}) {
  const page = watch(await browser!.newPage({ viewport: { width, height: 800 } }), allowed);
  await page.goto(url);
  await greeted(page);
  return page;
}

/** Resolves when the message is there, and its bytes, which come on another connection. */
async function greeted(page: Page): Promise<void> {
  await page.locator('#log .received', { hasText: 'Welcome!' }).waitFor();
  await rows(page, '↓ server').nth(1).waitFor();
}

/** Rows of the list of bytes, by their heading or anything else in them. */
const rows = (page: Page, text: string | RegExp): Locator => page.locator('#wire > li', { hasText: text });

async function say(page: Page, text: string): Promise<void> {
  const before = await page.locator('#wire > li').count();
  await page.getByLabel('Text', { exact: true }).fill(text);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await page.locator('#log .received', { hasText: `Server received: ${text}` }).waitFor();
  await expect.poll(() => page.locator('#wire > li').count()).toBeGreaterThanOrEqual(before + 2);
}

const fields = async (row: Locator) => (await row.locator('.field').allInnerTexts()).map((text) => text.split(/\s+/));

describe.skipIf(!browser).each(targets)('the frame inspector on $name', ({ solution }) => {
  let server: Started;
  beforeAll(async () => (server = await startServer(SERVER, { solution })).stop);

  test('shows the handshake, and the own acceptKey beside the answer', async () => {
    const page = await open(server);
    const answer = rows(page, 'handshake: the answer');
    await expect.poll(() => rows(page, 'handshake: the request').innerText()).toMatch(/Sec-WebSocket-Key: \S{24}/);
    const accept = /Sec-WebSocket-Accept:\s+(\S{28})/.exec(await answer.innerText())?.[1];
    expect(accept).toBeDefined();
    await answer
      .getByText(solution ? `Your acceptKey returns the same: ${accept}` : 'acceptKey (1.1) is not written yet.')
      .waitFor();
    // The comparison comes later than the rows, and makes one of them longer.
    const hidden = () => page.locator('#wire').evaluate((box) => box.scrollHeight - box.scrollTop - box.clientHeight);
    await expect.poll(hidden).toBeLessThan(2);
  });

  test('shows the bytes of both directions', async () => {
    const page = await open(server);
    await say(page, 'Hi');
    const sent = rows(page, '↑ client').last();
    const answered = rows(page, '↓ server').last();
    if (!solution) {
      expect(await sent.innerText()).toMatch(
        /bytes\s+81 82( [0-9a-f]{2}){6}\s+○ readLength \(1\.2\) is not written yet/,
      );
      expect(await answered.innerText()).toContain('81 13 53 65 72 76 65 72 20');
      expect(await page.locator('#preview').innerText()).toContain('readLength (1.2) is not written yet');
      return;
    }
    expect(await sent.innerText()).toMatch(/text, 2 bytes\s+✓ checkFrame accepts it/);
    expect(await sent.innerText()).toContain('“Hi”');
    const [fin, rsv, opcode, mask, length, key, payload, unmasked] = await fields(sent);
    expect([fin, rsv, opcode, mask, length]).toEqual([
      ['1', 'FIN'],
      ['000', 'RSV'],
      ['0001', 'text'],
      ['1', 'mask'],
      ['0000010', 'length'],
    ]);
    const bytes = [key, payload, unmasked].map((field) => field.filter((word) => /^[0-9a-f]{2}$/.test(word)));
    expect(bytes.map(({ length: count }) => count)).toEqual([4, 2, 2]);
    expect(bytes[2]).toEqual(['48', '69']);
    expect(await answered.innerText()).toContain('“Server received: Hi”');
  });

  test('explains a field: under the mouse, and with the keyboard', async () => {
    const page = await open(server);
    await say(page, 'Hi');
    const explanation = page.locator('#explanation');
    await page.locator('#wire .field', { hasText: 'Sec-WebSocket-Key' }).hover();
    expect(await explanation.textContent()).toMatch(/^16 random bytes/);
    const newest = page.locator('#wire .field[tabindex="0"]');
    expect(await newest.innerText()).toBe(await page.locator('#wire .field').last().innerText()); // Tab reaches it first
    await newest.focus();
    await page.keyboard.press('Home');
    expect(await explanation.textContent()).toMatch(/^The request line/);
    await page.keyboard.press('ArrowRight');
    expect(await explanation.textContent()).toMatch(/^The server that the client wants to reach/);
    await page.keyboard.press('End');
    expect(await explanation.textContent()).toMatch(solution ? /^The payload, 19 bytes/ : /^The hash of the key/);
    expect(await page.locator('#wire .field[tabindex="0"]').count()).toBe(1);
  });

  test('fits a phone', async () => {
    const page = await open(server, { width: 390 });
    await say(page, 'Hi');
    await page.getByRole('button', { name: 'Send 256 letters' }).click();
    await page.locator('#log .received', { hasText: 'xxx' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBe(0);
  });

  test('a page sees only its own connections', async () => {
    const [one, other] = [await open(server), await open(server)];
    await say(one, 'mine');
    await say(other, 'yours');
    expect(await one.locator('#connections li').count()).toBe(1);
    expect(await rows(one, /^#2/).count()).toBe(0);
  });

  test('bytes of one side that nobody can cut pile up in one row', async () => {
    const page = await open(server);
    const before = await page.locator('#wire > li').count();
    await page.getByLabel('opcode').selectOption('10');
    await page.getByRole('button', { name: 'Send these bytes' }).click();
    await rows(page, '↑ client').nth(2).waitFor();
    await page.getByRole('button', { name: 'Send these bytes' }).click();
    const pongs = page.locator('#wire > li', { hasText: solution ? 'pong, 2 bytes' : /8a 82.*8a 82/ });
    await expect.poll(() => pongs.count()).toBe(solution ? 2 : 1);
    expect(await page.locator('#wire > li').count()).toBe(before + (solution ? 5 : 4));
  });
});

describe.skipIf(!browser)('frames that are built', () => {
  let server: Started;
  beforeAll(async () => (server = await startServer(SERVER, { solution: true })).stop);

  test('are previewed, and travel as they are: a reserved bit ends only their own connection', async () => {
    const page = await open(server);
    await page.getByLabel('reserved bit').check();
    expect(await page.locator('#preview').innerText()).toMatch(/c1[^]*rejects it with 1002: a reserved bit is set/);
    await page.getByRole('button', { name: 'Send these bytes' }).click();
    await rows(page, 'code 1002').waitFor();
    await rows(page, 'This connection (frames that you built) is closed.').waitFor();
    expect(
      await rows(page, /^#2.*client/)
        .last()
        .innerText(),
    ).toContain('checkFrame rejects it with 1002');
    expect(await page.getByRole('status').textContent()).toBe('OPEN');
  });

  test('a ping between two fragments is answered before the message', async () => {
    const page = await open(server);
    await page.getByLabel('two fragments, with a ping between').check();
    await page.getByRole('button', { name: 'Send these bytes' }).click();
    await rows(page, '“Server received: Hi”').waitFor();
    const titles = await page.locator('#wire > li', { hasText: '#2' }).locator('.title').allTextContents();
    expect(titles).toEqual([
      'handshake: the request',
      'handshake: the answer',
      'text, 32 bytes',
      'text, 1 byte',
      'ping, 0 bytes',
      'continuation, 1 byte',
      'pong, 0 bytes',
      'text, 19 bytes',
    ]);
  });

  test.each([
    ['16 bits', '7e', '00 02'],
    ['64 bits', '7f', '00 00 00 00 00 00 00 02'],
  ])('a length in %s', async (form, low, long) => {
    const page = await open(server);
    await page.getByLabel('length in').selectOption({ label: form });
    await page.getByLabel('mask').uncheck();
    await page.getByLabel('opcode').selectOption({ label: '2 binary' });
    await page.getByLabel('written as').selectOption({ label: 'hexadecimal' });
    await page.getByLabel('Payload').fill('7 f');
    expect(await page.getByRole('button', { name: 'Send these bytes' }).isEnabled()).toBe(true);
    await page.getByLabel('Payload').fill('7f0');
    expect(await page.getByRole('button', { name: 'Send these bytes' }).isEnabled()).toBe(false);
    await page.getByLabel('Payload').fill('7f 00');
    const preview = page.locator('#preview');
    expect((await preview.locator('.group-hex').allTextContents()).join(' ')).toBe(`82 ${low}`);
    expect(await fields(preview)).toContainEqual([...long.split(' '), 'longer', 'length']);
    expect(await preview.innerText()).toContain("rejects it with 1002: a client's frame");
  });

  test('what is sent stays text, never HTML', async () => {
    const page = await open(server);
    await page.getByLabel('Payload').fill('<img src=x onerror=alert(1)>');
    await page.getByRole('button', { name: 'Send these bytes' }).click();
    await rows(page, '“Server received: <img src=x onerror=alert(1)>”').waitFor();
    expect(await page.locator('img').count()).toBe(0);
  });

  test.runIf(process.env.VERIFY)('without 1.6, the server is gone, and the page says so', async () => {
    const starter = await startServer(SERVER);
    onTestFinished(starter.stop);
    const page = await open(starter, { allowed: /net::ERR_/ });
    await page.getByLabel('reserved bit').check();
    await page.getByRole('button', { name: 'Send these bytes' }).click();
    await page.getByRole('alert').getByText('The server is gone.').waitFor();
    await page.getByRole('status').getByText('CLOSED').waitFor();

    const again = await startServer(SERVER, { solution: true, args: ['--port', new URL(starter.url).port] });
    onTestFinished(again.stop);
    await page.getByRole('alert').getByText('The server is back.').waitFor();
    await page.getByRole('button', { name: 'Connect again' }).click();
    await page.getByRole('status').getByText('OPEN').waitFor();
    await rows(page, 'handshake: the request').nth(1).waitFor();
  });
});

describe.skipIf(!browser)('the heartbeat', () => {
  test('is seen as pings and pongs, and removes a peer that never answers', async () => {
    const server = await startServer(SERVER, { solution: true, args: ['--heartbeat', '2'] });
    onTestFinished(server.stop);
    const page = await open(server);
    await page.getByRole('button', { name: 'Open a silent peer' }).click();
    await rows(page, 'This connection (a peer that never answers) is gone: the server cut it off').waitFor();
    await rows(page, /#1.*server.*ping, 0 bytes/s)
      .nth(1)
      .waitFor();
    expect(await rows(page, /#1.*client.*pong, 0 bytes/s).count()).toBeGreaterThan(0);
    expect(await rows(page, /#2.*client.*pong/s).count()).toBe(0);
    expect(await page.getByRole('status').textContent()).toBe('OPEN');
  });
});

describe.skipIf(!browser)('on the way from the starter to the solution', { timeout: 60_000 }, () => {
  let course: CourseCopy;
  let server: Started;
  beforeAll(async () => {
    course = new CourseCopy();
    server = await startServer(SERVER, { root: course.folder });
    return async () => {
      await server.stop();
      course.drop();
    };
  });

  /** Solves an exercise, reloads the page, and sends something. The server is the same all the time. */
  async function solve(page: Page, exercise: string): Promise<void> {
    const { code, output } = await course.run('solve', exercise);
    expect(code, output).toBe(0);
    await again(page);
    await say(page, 'Hi');
  }
  const again = async (page: Page): Promise<void> => {
    await page.reload();
    await greeted(page);
  };

  test('each exercise can be seen after a reload', async () => {
    const page = await open(server);
    const sent = () => rows(page, '↑ client').last().innerText();
    await rows(page, 'acceptKey (1.1) is not written yet.').waitFor();

    await solve(page, '1.1');
    await rows(page, 'Your acceptKey returns the same').waitFor();
    expect(await sent()).toContain('nobody can tell where a frame ends');

    await solve(page, '1.2');
    expect(await sent()).toMatch(/text, 2 bytes[^]*unmask \(1\.3\) is not written yet/);
    expect(await sent()).not.toContain('“Hi”');

    await solve(page, '1.3');
    expect(await sent()).toMatch(/“Hi”[^]*checkFrame \(1\.4\) is not written yet/);

    await solve(page, '1.4');
    expect(await sent()).toMatch(/checkFrame accepts it[^]*“Hi”/);
    expect(await page.locator('#wire .todo').count()).toBe(0);

    course.edit('day1-protocol/frames.ts', 'getUint16(2)', 'getUint16(2, true)');
    await again(page);
    await page.getByRole('button', { name: 'Send 256 letters' }).click();
    await rows(page, 'This frame has 273 bytes of payload.').waitFor();
    expect(await sent()).toMatch(/text, 1 byte[^]*your code cuts here[^]*left over[^]*Your readLength says 1 byte\./);
    expect(await rows(page, '↓ server').last().innerText()).toMatch(
      /text, 4,353 bytes[^]*your code waits for 4,080 more bytes[^]*Your readLength says 4,353 bytes\./,
    );
    expect(await page.locator('#wire .cut').count()).toBe(2);
  });

  test('a length that is a bigint is seen on a real frame', async () => {
    replaceFrames('Number(view.getBigUint64(2))', 'view.getBigUint64(2)');
    const page = await open(server);
    await page.getByRole('button', { name: 'Send 65,536 letters' }).click();
    await rows(page, 'Your readLength returned { length: 65536n, next: 10 }.').waitFor();
  });

  /** The solution of frames.ts with one mistake, until the end of the test. */
  function replaceFrames(from: string, to: string): void {
    const before = course.read('day1-protocol/frames.ts');
    onTestFinished(() => course.write('day1-protocol/frames.ts', before));
    const right = course.read('solutions/day1-protocol/frames.ts');
    expect(right).toContain(from);
    course.write('day1-protocol/frames.ts', right.replace(from, to));
  }

  test.each([
    ['bytes.byteOffset, bytes.byteLength)', '0)', /Your readLength (?:says|threw|returned)/],
    ['getUint8(1) & 0x7f', 'getUint8(1)', 'Your readLength returned undefined.'],
    ['return { length, next: 2 }', 'return length as never', /Your readLength returned 2\. It should return \{/],
    ['key[i % 4]', 'key[0]', 'What your unmask returned is not the payload that was sent.'],
    ['header.rsv !== 0', 'header.rsv === 0', 'But this frame is valid.'],
  ])('a mistake is seen on a real frame: %s becomes %s', async (from, to, words) => {
    replaceFrames(from, to);
    const page = await open(server);
    await say(page, 'Hi');
    await rows(page, words).first().waitFor();
  });

  test('1.4 is seen without 1.3', async () => {
    await course.run('reset', 'all');
    for (const exercise of ['1.2', '1.4']) await course.run('solve', exercise);
    const page = await open(server);
    await page.getByLabel('reserved bit').check();
    expect(await page.locator('#preview').innerText()).toMatch(/checkFrame rejects it with 1002/);
    await say(page, 'Hi');
    expect(await rows(page, '↓ server').last().innerText()).toMatch(/checkFrame accepts it[^]*“Server received: Hi”/);
  });

  describe('exercises of the server, each solved alone', () => {
    /** A server on the starters with one exercise solved. */
    async function startWith(exercise: string, args: string[] = []): Promise<Started> {
      await course.run('reset', 'all');
      const { code, output } = await course.run('solve', exercise);
      expect(code, output).toBe(0);
      const alone = await startServer(SERVER, { root: course.folder, args });
      onTestFinished(alone.stop);
      return alone;
    }

    test('1.5: binary comes back as binary', async () => {
      const page = await open(await startWith('1.5'));
      await page.getByRole('button', { name: 'Send 4 bytes of binary' }).click();
      const answer = page.locator('#log .received', { hasText: '00 7f 80 ff' });
      expect(await answer.locator('.size').textContent()).toBe('4 bytes, binary');
    });

    test('1.6: a broken frame ends only its own connection', async () => {
      const page = await open(await startWith('1.6'));
      await page.getByLabel('reserved bit').check();
      await page.getByRole('button', { name: 'Send these bytes' }).click();
      await rows(page, 'This connection (frames that you built) is closed.').waitFor();
      await say(page, 'still here');
      expect(await page.getByRole('status').textContent()).toBe('OPEN');
    });

    test('1.7: a silent peer is cut off', async () => {
      const page = await open(await startWith('1.7', ['--heartbeat', '2']));
      await page.getByRole('button', { name: 'Open a silent peer' }).click();
      await rows(page, 'the server cut it off').waitFor();
      expect(await page.getByRole('status').textContent()).toBe('OPEN');
    });
  });
});
