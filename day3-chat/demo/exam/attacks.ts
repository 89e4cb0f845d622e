import { fail, rawConnect, show, type Trial } from '#kit';
import { ATTACKS } from '../attack/attacks.ts';
import type { Stage } from '../attack/stage.ts';
import { expectHeard, openChat, type Person } from './chat.ts';

type Opened = Awaited<ReturnType<typeof openChat>>;

/** Runs the attacks whose names contain these words, while Ann talks to Bob. @returns what the server answered, and what else Bob heard */
async function attack({ stage, coupleInLobby, limit }: Opened, ...words: string[]) {
  const [ann, bob] = await coupleInLobby();
  limit();
  const chosen = words.map(
    (word) => ATTACKS.find(({ name }) => name.includes(word)) ?? fail(`No attack is called ${word}.`),
  );
  let isOver = false;
  const attacks = Promise.all(chosen.map((one) => one.attack(stage, stage.options.seconds))).finally(
    () => (isOver = true),
  );
  attacks.catch(() => {});
  let said = 0;
  do await talk(ann, bob, said++);
  while (!isOver);
  await attacks;
  await talk(ann, bob, said++);
  return { answers: [...stage.answers.keys()], said, ann, bob };
}

/** Ann says one thing, and Bob hears it. */
async function talk(ann: Person, bob: Person, n: number): Promise<void> {
  ann.say({ type: 'chat', text: `Ann's word ${n}` });
  await bob.until(`Ann's word ${n}`);
}

/** Fails unless one of the answers begins with `start`, and has `part` in it. */
function expectAnswer(answers: string[], what: string, start: string, part = ''): void {
  if (answers.some((answer) => answer.startsWith(start) && answer.includes(part))) return;
  fail(
    `${what}. Expected the answer "${start}${part && ` … ${part}`}". The server answered: ${answers.join('; ') || 'nothing'}.`,
  );
}

export const ATTACK_TRIALS: Trial[] = [
  {
    tried: 'Broken JSON, null, an unknown type, a claim to be Ann, a name of 10,000 characters',
    blames: '3.1',
    async run() {
      const opened = await openChat(['parseMessage']);
      const { answers, said } = await attack(opened, 'invalid messages', 'a script as a name');
      expectAnswer(answers, 'Eve sent half of a JSON text', 'invalid-json');
      expectAnswer(answers, 'Eve sent the type "dance"', 'invalid-message', 'unknown type "dance"');
      expectAnswer(answers, 'Eve wanted a name of 10,000 characters', 'invalid-message', 'at most 40');
      const broken = answers.find((answer) => answer.includes('broken!'));
      if (broken) fail('Eve sent a chat message with "userId": "Ann", and the server believed it.');
      return `Each got an error that says what is wrong. Meanwhile Ann and Bob exchanged ${said} messages.`;
    },
  },
  {
    tried: 'Messages that are odd in other ways: 4,000 nested arrays, __proto__, a room of spaces',
    blames: '3.1',
    async run() {
      const { come, coupleInLobby } = await openChat(['parseMessage']);
      const [, bob] = await coupleInLobby();
      const eve = await come('Eve', 'lobby');
      await eve.heard();
      await bob.heard();
      const odd = [
        '',
        '7',
        '"x"',
        '[]',
        '[{"type":"chat","text":"x"}]',
        `{"type":${'['.repeat(4000)}${']'.repeat(4000)}}`,
      ];
      const fields = [
        { type: '__proto__' },
        { type: 'join', room: ' ' },
        { type: 'chat' },
        { type: 'chat', text: '' },
        { type: 'setName' },
      ];
      for (const text of [...odd, ...fields.map((one) => JSON.stringify(one))]) {
        eve.client.send(text);
        const { text: answer } = await eve.client.next(`an answer to ${show(text.slice(0, 40))}`);
        const { type, code } = JSON.parse(answer);
        if (type !== 'error' || !String(code).startsWith('invalid-'))
          fail(
            `Eve sent ${show(text.slice(0, 40))} and got ${show(answer)}. Expected an error, invalid-json or invalid-message.`,
          );
      }
      expectHeard(await bob.briefly(), [], 'Eve sent eleven invalid messages. Bob');
      return 'Eve got eleven errors, and kept the connection. Bob heard nothing of it.';
    },
  },
  {
    tried: 'A flood, a message of a megabyte, binary, a broken frame, and a client that never reads',
    blames: '3.3',
    async run() {
      const opened = await openChat(['broadcast', 'leave']);
      const { answers, said, bob } = await attack(opened, 'a flood', 'a megabyte', 'binary', 'stops reading');
      expectAnswer(answers, 'Eve sent a megabyte', 'by closing with 1009');
      expectAnswer(answers, 'Eve sent a broken frame', 'by closing with 1002');
      expectAnswer(
        answers,
        'Eve stopped reading. member.send would have closed her connection',
        'by closing with 1013',
      );
      await bob.heard();
      const there = opened.chat.rooms.users('lobby').map(({ name }) => name);
      if (there.includes('Eve'))
        fail(`All of Eve's connections have ended, and she is still on the lobby's list: ${show(there)}.`, {
          blames: '3.5',
        });
      return `Eve was closed with 1009, 1002 and 1013. Meanwhile Ann and Bob exchanged ${said} messages.`;
    },
  },
  {
    tried: 'Pages of other sites connect, with a valid token',
    blames: '3.6',
    async run() {
      const { stage } = await openChat(['allowedOrigin']);
      const { host } = new URL(stage.url);
      const [name, port] = host.split(':');
      const foreign = [
        'https://evil.example',
        `http://${name}`,
        `http://${name}:${Number(port) + 1}`,
        `http://${host}.evil.example`,
        `http://evil-${host}`,
        'null',
        '',
        'http://',
      ];
      for (const origin of foreign) {
        const status = await tryToOpen(stage, { origin });
        if (status !== 403)
          fail(`A page from ${show(origin)} asked for ${host}, and was answered with ${status}. Expected 403.`);
      }
      for (const origin of [undefined, `http://${host}`, `https://${host}`]) {
        const status = await tryToOpen(stage, { origin });
        if (status !== 101)
          fail(
            `${origin ? `The chat's own page, from ${origin},` : 'A program without an Origin'} was answered with ${status}. Expected 101.`,
          );
      }
      return `403 for ${foreign.length} foreign origins; its own page and programs get in.`;
    },
  },
  {
    tried: 'No token, a forged one, one that was changed, an old one; then the database of users fails',
    blames: '3.7',
    async run() {
      const { stage } = await openChat(['authenticate']);
      const { token, renewal } = stage.tokens.issue('Eve');
      const [claims, signature] = token.split('.');
      const ann = Buffer.from(String(Buffer.from(claims, 'base64url')).replace('Eve', 'Ann')).toString('base64url');
      const bad: [string, string | undefined][] = [
        ['no token', undefined],
        ['a forged token', 'eyJ1c2VySWQiOiJBbm4ifQ.forged'],
        ['a token with another name in it', `${ann}.${signature}`],
        ['a renewal instead of a token', renewal],
        ['an empty token', ''],
      ];
      for (const [what, one] of bad) {
        const status = await tryToOpen(stage, { token: one ?? null });
        if (status !== 401) fail(`A client with ${what} was answered with ${status}. Expected 401.`);
      }
      if ((await tryToOpen(stage, {})) !== 101) fail('A client with a valid token was not let in.');

      const down = await openChat(['authenticate'], {
        verify: () => Promise.reject(new Error('The database of users is down.')),
      });
      const status = await tryToOpen(down.stage, {});
      if (status !== 503)
        fail(`The token could not be verified, and the client was answered with ${status}. Expected 503.`);
      const later = await openChat(['authenticate'], {
        verify: async (one) => (await new Promise(setImmediate), stage.tokens.verify(one)),
      });
      const forged = await tryToOpen(later.stage, { token: 'eyJ1c2VySWQiOiJBbm4ifQ.forged' });
      if (forged !== 401)
        fail(`The answer of verify took a moment, and a forged token was answered with ${forged}. Expected 401.`);
      return 'Five times 401, and 503 while nobody can say who it is. Valid tokens get in.';
    },
  },
  {
    tried: 'All attacks at once',
    blames: '3.3',
    together: true,
    async run() {
      const opened = await openChat();
      const { answers, said, ann } = await attack(opened, ...ATTACKS.map(({ name }) => name));
      const broken = answers.find((answer) => /broken!|let in!/.test(answer));
      if (broken) fail(`The server answered ${broken}`, { blames: '3.7' });
      await ann.heard();
      return `The server is up, gave ${answers.length} different answers, and Ann and Bob exchanged ${said} messages.`;
    },
  },
];

/** One opening handshake. @param token null: none; by default a valid one. @returns the status of the answer */
async function tryToOpen(
  stage: Stage,
  { origin, token = stage.tokens.issue('Eve').token }: { origin?: string; token?: string | null },
): Promise<number> {
  const { port } = new URL(stage.url);
  const peer = await rawConnect(Number(port), { upgrade: false });
  const protocols = token === null ? 'chat' : `chat, token.${token}`;
  peer.write(
    `GET / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ${protocols}\r\n` +
      `${origin === undefined ? '' : `Origin: ${origin}\r\n`}\r\n`,
  );
  const head = await peer.takeUntil('\r\n\r\n', 'the answer to the handshake');
  peer.socket.destroy();
  return Number(head.split(' ')[1]);
}
