import { exercise, expect, fail, load, show, thrownBy } from '#kit';
import * as field from '#day3/given/fields.ts';
import { LIMITS } from '#day3/given/limits.ts';

exercise('3.1 parseMessage', (check) => {
  /** What it makes of a text, which must be something: it never throws. */
  async function parse(raw: string): Promise<Record<string, unknown>> {
    const { parseMessage } = await load(() => import('#day3/protocol.ts'), 'parseMessage');
    let result: unknown;
    const thrown = thrownBy(() => (result = parseMessage(raw)));
    if (thrown !== undefined)
      fail(
        `It threw ${show(String(thrown))} on ${show(raw)}. In a 'message' listener that ends the process, and everybody is disconnected.`,
      );
    if (typeof (result as { then?: unknown } | undefined)?.then === 'function')
      fail('It gave a promise. The server reads `.type` at once: take `async` away.');
    if (typeof result !== 'object' || result === null)
      fail(
        `It gave ${show(result)} for ${show(raw)}; a message or an error, { type: 'error', code, message }, was expected.`,
      );
    const { type, code } = result as Record<string, unknown>;
    if (type !== 'error' && code !== undefined)
      fail(
        `The error for ${show(raw)} has no \`type: 'error'\`: the server would take it for a message. It came out as ${show(result)}.`,
      );
    return result as Record<string, unknown>;
  }
  const isJson = (code: unknown): string =>
    code === 'invalid-json' ? ' It is JSON: does your catch take in more than JSON.parse?' : '';
  async function refused(raw: string, code: string): Promise<string> {
    const result = await parse(raw);
    if (result.type !== 'error')
      fail(`Let through: ${show(raw)} came out as ${show(result)}. An error with code ${code} was expected.`);
    expect(
      result.code,
      `The error for ${show(raw)} has the wrong code.${code === 'invalid-json' ? '' : isJson(result.code)}`,
    ).toBe(code);
    if (typeof result.message === 'object')
      fail(
        `The message in the error for ${show(raw)} is no text but ${show(result.message)}: take the message of zod's first issue, parsed.error.issues[0], or words of your own where there is none.`,
      );
    if (typeof result.message !== 'string' || result.message === '')
      fail(`The error for ${show(raw)} has no message: whoever writes the client is left to guess.`);
    if (/^\s*(\[\s*)?\{/.test(result.message))
      fail(
        `The message in the error for ${show(raw)} is no sentence but a piece of JSON, ${show(result.message.slice(0, 60))}: take the message of zod's first issue, parsed.error.issues[0].`,
      );
    if (raw.length > 20 && result.message.includes(raw))
      fail(
        `The error for ${show(raw)} repeats all of it, and may become as long as what came. Say what is wrong: zod's first issue does, in parsed.error.issues[0].message.`,
      );
    return result.message;
  }

  const right = [
    { type: 'join', room: 'lobby' },
    { type: 'join', room: '__proto__', after: 'x.1' },
    { type: 'chat', text: 'Hi' },
    { type: 'chat', text: '  Hi ' },
    { type: 'chat', text: '<b>καλημέρα</b> 👋', key: 'k1' },
    { type: 'setName', name: 'Zoë' },
    { type: 'typing' },
  ];
  for (const message of right) {
    check(`accepted: ${JSON.stringify(message)}`, async () => {
      const result = await parse(JSON.stringify(message));
      if (result.type === 'error')
        fail(`Refused: ${JSON.stringify(message)} came out as ${show(result)}.${isJson(result.code)}`);
      expect(result, `${JSON.stringify(message)} is all right, and something else came out.`).toEqual(message);
    });
  }
  check('text that is not JSON gets an error', async () => {
    for (const raw of ['', 'hello', '{"type":"chat"', '{"type":"chat","text":"a"} x', '{type:"typing"}'])
      await refused(raw, 'invalid-json');
  });
  check('JSON that is no object gets an error', async () => {
    for (const raw of ['null', '[]', '7', '"chat"', 'true', '[{"type":"typing"}]'])
      await refused(raw, 'invalid-message');
  });
  check('an unknown type gets an error that names it', async () => {
    const message = await refused('{"type":"dance","text":"Hi"}', 'invalid-message');
    if (!message.includes('dance'))
      fail(
        `The error for the type "dance" does not name it: it says ${show(message)}. zod's issues say what is wrong, in words.`,
      );
    await refused('{"text":"Hi"}', 'invalid-message');
    await refused('{"type":7}', 'invalid-message');
    await refused('{"type":"constructor"}', 'invalid-message');
  });
  check('a wrong, a missing or a too long field gets an error', async () => {
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
          `The error for a chat message whose text is ${typeof text === 'number' ? text : `${text.length} characters long`} says ${show(said)}. The message of zod's first issue, ${show(words)}, is not in it: what is wrong with the field?`,
        );
    }
    const longest = { type: 'chat', text: long(LIMITS.text) };
    expect(await parse(JSON.stringify(longest)), `A text of exactly ${LIMITS.text} characters is allowed.`).toEqual(
      longest,
    );
  });
  check('a type that is nested thousands of levels deep gets an error', async () => {
    // JSON.parse reads such a text; JSON.stringify and String throw a RangeError on the result.
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    await refused(`{"type":${deep}}`, 'invalid-message');
    await refused(`{"type":"chat","text":${deep}}`, 'invalid-message');
  });
  check('what comes out is what the schema made of it, not what came in', async () => {
    const spoof = await parse('{"type":"chat","text":"Hi","userId":"the boss","id":"1"}');
    expect(spoof, 'A message that claims to be from another user: the fields that no schema has must be gone.').toEqual(
      { type: 'chat', text: 'Hi' },
    );
    for (const message of right.slice(0, 2).concat(right.slice(-2))) {
      const more = await parse(JSON.stringify({ ...message, userId: 'the boss', admin: true }));
      expect(
        more,
        `A ${message.type} message with two fields more: the fields that no schema has must be gone.`,
      ).toEqual(message);
    }
    const name = await parse('{"type":"setName","name":"  Ann "}');
    expect(name, 'The schema trims names, so the parsed message has no spaces around it.').toEqual({
      type: 'setName',
      name: 'Ann',
    });
  });
});
