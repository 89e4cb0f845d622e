import { exercise, expect, fail, load, show, thrownBy } from '#kit';
import type { Header } from '#day1/given/rfc6455.ts';
import { ProtocolError } from '#day1/given/rfc6455.ts';

exercise('1.4 checkFrame', (check) => {
  const subject = () => load(() => import('#day1/frames.ts'), 'checkFrame');
  const ok: Header = { fin: true, rsv: 0, opcode: 1, masked: true, length: 5 };
  const right: [string, Header, 'client' | 'server'][] = [
    ["a client's masked text", ok, 'client'],
    ["a server's unmasked text", { ...ok, masked: false }, 'server'],
    ['a first fragment: text without fin', { ...ok, fin: false }, 'client'],
    ['a last fragment', { ...ok, opcode: 0 }, 'client'],
    ['a middle fragment: neither the first nor the last', { ...ok, opcode: 0, fin: false }, 'client'],
    ['an empty text', { ...ok, length: 0 }, 'client'],
    ['binary of 100000 bytes', { ...ok, opcode: 2, length: 100_000 }, 'client'],
    ['a ping of 125 bytes', { ...ok, opcode: 9, length: 125 }, 'client'],
    ['binary of 126 bytes', { ...ok, opcode: 2, length: 126 }, 'client'],
    ['a close without a payload', { ...ok, opcode: 8, length: 0, masked: false }, 'server'],
  ];
  const wrong: [string, Header, 'client' | 'server'][] = [
    ['a client that does not mask', { ...ok, masked: false }, 'client'],
    ['a server that masks', ok, 'server'],
    ['RSV1', { ...ok, rsv: 4 }, 'client'],
    ['RSV2', { ...ok, rsv: 2 }, 'client'],
    ['RSV3', { ...ok, rsv: 1, masked: false }, 'server'],
    ['a ping of 126 bytes', { ...ok, opcode: 9, length: 126 }, 'client'],
    ['a close of 126 bytes', { ...ok, opcode: 8, length: 126, masked: false }, 'server'],
    ['a pong in fragments', { ...ok, opcode: 10, fin: false }, 'client'],
    ['a pong of 126 bytes', { ...ok, opcode: 10, length: 126 }, 'client'],
    ['a ping in fragments', { ...ok, opcode: 9, fin: false, masked: false }, 'server'],
    ['a close in fragments', { ...ok, opcode: 8, fin: false }, 'client'],
    ['RSV1 and RSV2 together', { ...ok, rsv: 6 }, 'client'],
    ['RSV1 on a ping', { ...ok, opcode: 9, rsv: 4 }, 'client'],
    ['a client that does not mask its ping', { ...ok, opcode: 9, masked: false }, 'client'],
    ['a client that does not mask an empty text', { ...ok, masked: false, length: 0 }, 'client'],
    ['a server that masks its pong', { ...ok, opcode: 10 }, 'server'],
  ];
  for (const [what, header, from] of right) {
    check(`allowed: ${what}`, async () => {
      const { checkFrame } = await subject();
      const thrown = thrownBy(() => checkFrame({ ...header }, from));
      if (thrown !== undefined)
        fail(
          `Refused, though the RFC allows it: ${what} (from the ${from}, ${show(header)}). It threw ${show(String(thrown))}.`,
        );
    });
  }
  for (const [what, header, from] of wrong) {
    check(`refused: ${what}`, async () => {
      const { checkFrame } = await subject();
      const thrown = thrownBy(() => checkFrame({ ...header }, from));
      if (thrown === undefined)
        fail(
          `Let through: ${what} (from the ${from}, ${show(header)}). It should have thrown a ProtocolError with code 1002.`,
        );
      if (!(thrown instanceof ProtocolError))
        fail(
          `On ${what}, it threw ${show(String(thrown))}, which is not a ProtocolError: the caller could not tell the peer why.`,
        );
      expect(thrown.code, `Wrong close code for ${what}.`).toBe(1002);
    });
  }
  check('each header is looked at on its own, and left as it is', async () => {
    const { checkFrame } = await subject();
    // One server has many clients: what one has sent says nothing about the next frame of another.
    for (const header of [{ ...ok, fin: false }, ok, { ...ok, opcode: 0 }, { ...ok, opcode: 0 }]) {
      const given = { ...header };
      const thrown = thrownBy(() => checkFrame(given, 'client'));
      if (thrown !== undefined)
        fail(
          `Refused ${show(header)} after other headers, though it breaks no rule of its own: it threw ${show(String(thrown))}. Frames of many connections come here, so nothing may be remembered between two calls.`,
        );
      expect(given, 'The header that was passed in was changed.').toEqual(header);
    }
  });
});
