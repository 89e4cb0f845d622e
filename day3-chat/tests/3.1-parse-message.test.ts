import { z } from 'zod';
import { exercise, expect, fail, load, show, thrownBy } from '#kit';
import * as field from '#day3/given/fields.ts';
import { LIMITS } from '#day3/given/limits.ts';

exercise('3.1 parseMessage', (check) => {
  /** What parseMessage makes of a text. Whatever the text is, it must return something. */
  async function parse(raw: string): Promise<Record<string, unknown>> {
    const { parseMessage } = await load(() => import('#day3/protocol.ts'), 'parseMessage');
    const call = `parseMessage(${show(raw)})`;
    let result: unknown;
    const thrown = thrownBy(() => (result = parseMessage(raw)));
    const disconnects = "In a 'message' listener that ends the process, and everybody is disconnected.";
    if (thrown instanceof z.ZodError)
      fail(`${call} threw a ZodError. \`parse\` throws; use \`safeParse\`. ${disconnects}`, { hint: 2 });
    if (thrown !== undefined) fail(`${call} threw ${show(String(thrown))}. ${disconnects}`, { hint: 2 });
    if (typeof (result as { then?: unknown } | undefined)?.then === 'function')
      fail(`${call} returned a promise. The server reads \`.type\` of the result at once: remove \`async\`.`);
    if (typeof result !== 'object' || result === null)
      fail(`${call} returned ${show(result)}. Return the message, or an error { type: 'error', code, message }.`);
    const { type, code } = result as Record<string, unknown>;
    if (type !== 'error' && code !== undefined)
      fail(
        `${call} returned ${show(result)}. This error has no \`type: 'error'\`, so the server would treat it as a message.`,
      );
    return result as Record<string, unknown>;
  }
  const tooMuchCaught = (code: unknown): string =>
    code === 'invalid-json' ? ' The text is JSON. Does your try block contain more than JSON.parse?' : '';
  async function refused(raw: string, code: string): Promise<string> {
    const result = await parse(raw);
    const call = `parseMessage(${show(raw)})`;
    if (result.type !== 'error')
      fail(`${call} returned ${show(result)}. An error with the code ${code} was expected.`, { hint: 2 });
    expect(
      result.code,
      `${call} returned an error with the wrong code.${code === 'invalid-json' ? '' : tooMuchCaught(result.code)}`,
    ).toBe(code);
    if (typeof result.message === 'object')
      fail(
        `The message of the error for ${show(raw)} is not a text, but ${show(result.message)}. Use the message of the first issue: parsed.error.issues[0].message.`,
        { hint: 2 },
      );
    if (typeof result.message !== 'string' || result.message === '')
      fail(`The error for ${show(raw)} has no message, so the author of the client can only guess what is wrong.`, {
        hint: 2,
      });
    if (/^\s*(\[\s*)?\{/.test(result.message))
      fail(
        `The message of the error for ${show(raw)} is a piece of JSON, not a sentence: ${show(result.message.slice(0, 60))}. Use the message of the first issue: parsed.error.issues[0].message.`,
        { hint: 2 },
      );
    if (raw.length > 20 && result.message.includes(raw))
      fail(
        `The error for ${show(raw)} repeats the whole text, and a client may send a very long one. Say what is wrong instead: parsed.error.issues[0].message does.`,
        { hint: 2 },
      );
    return result.message;
  }

  const right = [
    { type: 'chat', text: 'Hi' },
    { type: 'join', room: 'lobby' },
    { type: 'setName', name: 'Zoë' },
    { type: 'typing' },
    { type: 'chat', text: '  Hi ' },
    { type: 'chat', text: '<b>καλημέρα</b> 👋', key: 'k1' },
    { type: 'join', room: '__proto__', after: 'x.1' },
  ];
  for (const message of right) {
    check(`accepts ${JSON.stringify(message)}`, async () => {
      const result = await parse(JSON.stringify(message));
      if (result.type === 'error')
        fail(`${JSON.stringify(message)} is valid, but got an error: ${show(result)}.${tooMuchCaught(result.code)}`);
      expect(result, `${JSON.stringify(message)} is valid, but something else was returned.`).toEqual(message);
    });
  }
  check('a text that is not JSON gets an error', async () => {
    for (const raw of ['hello', '', '{"type":"chat"', '{"type":"chat","text":"a"} x', '{type:"typing"}'])
      await refused(raw, 'invalid-json');
  });
  check('an unknown type gets an error that names it', async () => {
    const message = await refused('{"type":"dance","text":"Hi"}', 'invalid-message');
    if (!message.includes('dance'))
      fail(
        `The error for the type "dance" doesn't name the type. It only says ${show(message)}. The message of zod's first issue names it.`,
        { hint: 2 },
      );
    await refused('{"text":"Hi"}', 'invalid-message');
    await refused('{"type":7}', 'invalid-message');
  });
  check(
    'a missing, a wrong or a too long field gets an error that says so',
    async () => {
      const long = (length: number): string => 'x'.repeat(length);
      const wrong = [
        { type: 'chat' },
        { type: 'chat', text: 7 },
        { type: 'chat', text: '' },
        { type: 'chat', text: long(LIMITS.text + 1) },
        { type: 'join' },
        { type: 'join', room: { toString: 'lobby' } },
        { type: 'join', room: long(LIMITS.room + 1) },
        { type: 'setName' },
        { type: 'setName', name: long(10_000) },
        { type: 'setName', name: '   ' },
      ];
      for (const message of wrong) await refused(JSON.stringify(message), 'invalid-message');
      for (const text of [7, long(LIMITS.text + 1)]) {
        const said = await refused(JSON.stringify({ type: 'chat', text }), 'invalid-message');
        const words = field.text.safeParse(text).error?.issues[0].message ?? '';
        if (!said.includes(words))
          fail(
            `A chat message has a text ${typeof text === 'number' ? `of ${text}, a number` : `of ${text.length} characters`}. Your error says ${show(said)}, which doesn't contain the message of zod's first issue: ${show(words)}.`,
          );
      }
      const longest = { type: 'chat', text: long(LIMITS.text) };
      expect(await parse(JSON.stringify(longest)), `A text of exactly ${LIMITS.text} characters is allowed.`).toEqual(
        longest,
      );
    },
    { hint: 2 },
  );
  check(
    'the result is what the schema returned, not what came in',
    async () => {
      const spoof = await parse('{"type":"chat","text":"Hi","userId":"the boss","id":"1"}');
      expect(
        spoof,
        "A chat message claims to be from another user, and the claim came through. Fields that the schema doesn't have must be gone.",
      ).toEqual({ type: 'chat', text: 'Hi' });
      for (const message of [right[6], right[1], right[2], right[3]]) {
        const more = await parse(JSON.stringify({ ...message, userId: 'the boss', admin: true }));
        expect(
          more,
          `A ${message.type} message with two extra fields: fields that the schema doesn't have must be gone.`,
        ).toEqual(message);
      }
      const name = await parse('{"type":"setName","name":"  Ann "}');
      expect(name, 'The schema trims names, so the result must have no spaces around the name.').toEqual({
        type: 'setName',
        name: 'Ann',
      });
    },
    { hint: 2 },
  );
  check(
    'JSON that is not an object gets an error',
    async () => {
      for (const raw of ['7', 'null', '[]', '"chat"', 'true', '[{"type":"typing"}]'])
        await refused(raw, 'invalid-message');
      await refused('{"type":"constructor"}', 'invalid-message');
    },
    { hint: 2 },
  );
  check(
    'a type that is nested thousands of levels deep gets an error',
    async () => {
      // JSON.parse reads such a text. String throws a RangeError on the result; so does JSON.stringify, up to Node 24.
      const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
      await refused(`{"type":${deep}}`, 'invalid-message');
      await refused(`{"type":"chat","text":${deep}}`, 'invalid-message');
    },
    { hint: 2 },
  );
});
