import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Stage } from './stage.ts';

interface Attack {
  name: string;
  /** @returns a sentence that explains what happened, if the answers don't */
  attack: (stage: Stage, seconds: number) => Promise<string | void>;
}

/** How many messages of a kilobyte a client that doesn't read is sent at most. */
const MOST = 20_000;

/** The attacks, one after the other, all against the same running server. */
export const ATTACKS: Attack[] = [
  {
    name: 'invalid messages: bad JSON, null, an unknown type, a claim to be somebody else',
    async attack(stage) {
      const eve = await hostile(stage);
      for (const text of [
        '{"type":"chat"',
        'null',
        '{"type":"dance"}',
        '{"type":"chat","text":7}',
        '{"type":"chat","text":"Hi","userId":"Ann"}',
      ]) {
        eve.send(text);
        await pause(100); // so that one can read along
      }
      await leave(eve);
    },
  },
  {
    name: 'a script as a name, and a name of 10,000 characters',
    async attack(stage) {
      const eve = await hostile(stage);
      eve.send(JSON.stringify({ type: 'setName', name: '<script>alert(1)</script>' }));
      eve.send(JSON.stringify({ type: 'setName', name: 'x'.repeat(10_000) }));
      await leave(eve);
      return 'A name with < in it is allowed: the page shows it as text.';
    },
  },
  {
    name: 'a flood: as many messages as the network takes',
    async attack(stage, seconds) {
      const eve = await hostile(stage);
      const end = performance.now() + seconds * 1000;
      let sent = 0;
      while (performance.now() < end && eve.readyState === WebSocket.OPEN) {
        for (let i = 0; i < 200 && eve.bufferedAmount < 1_000_000; i++, sent++)
          eve.send(`{"type":"chat","text":"flood ${sent}"}`);
        await pause(5);
      }
      eve.terminate();
      return `The client sent ${sent} messages.`;
    },
  },
  {
    name: 'a message of a megabyte',
    async attack(stage) {
      const eve = await hostile(stage);
      eve.send('x'.repeat(1024 * 1024));
      await once(eve, 'close');
    },
  },
  {
    name: 'binary, and a frame that breaks the protocol',
    async attack(stage) {
      const eve = await hostile(stage);
      eve.send(Buffer.from('{"type":"typing"}'));
      await pause(100);
      const { _socket: tcp } = eve as unknown as { _socket: { write(bytes: Uint8Array): void } };
      tcp.write(Uint8Array.of(0xf1, 0x02, 0x48, 0x69)); // reserved bits, and no mask
      await once(eve, 'close');
    },
  },
  {
    name: 'a page of another site with a valid token; no token; a forged token',
    async attack(stage) {
      await refused(stage, 'a foreign Origin', stage.connect('Eve', { Origin: 'https://evil.example' }));
      for (const [what, protocols] of [
        ['no token', ['chat']],
        ['a forged token', ['chat', 'token.eyJ1c2VySWQiOiJBbm4ifQ.forged']],
      ] as const) {
        const socket = new WebSocket(stage.url, [...protocols]);
        socket.on('error', () => {});
        await refused(stage, what, socket);
      }
    },
  },
  {
    name: 'a client that stops reading, in a busy room of its own',
    async attack(stage) {
      const eve = await hostile(stage);
      await stage.join(eve, 'tunnel');
      const [{ socket }] = stage.app.chat.rooms.members('tunnel');
      const { _socket: tcp } = socket as unknown as { _socket: { cork(): void; uncork(): void } };
      tcp.cork(); // as if the network took no more bytes
      let said = 0;
      let waiting = 0;
      while (socket.readyState === WebSocket.OPEN && said < MOST) {
        waiting = socket.bufferedAmount;
        stage.app.chat.deliver('tunnel', {
          type: 'chat',
          id: `${said++}`,
          userId: 'x',
          name: 'X',
          text: 'x'.repeat(1000),
          timestamp: 0,
        });
      }
      tcp.uncork();
      if (socket.readyState === WebSocket.OPEN) {
        stage.answer(`nothing, and keeps ${waiting} bytes in its memory for a client that does not read (broken!)`);
        eve.terminate();
        return `Nobody stopped it after ${said} messages (bonus 3.c).`;
      }
      await once(eve, 'close');
      return `It was closed after ${said} messages, with ${waiting} bytes waiting in the server's memory.`;
    },
  },
];

/** A client in the lobby. The stage records what the server answers to it. */
async function hostile(stage: Stage): Promise<WebSocket> {
  const eve = await stage.enter('Eve');
  eve.on('message', (data) => {
    const { type, code, message, name, userId } = JSON.parse(String(data));
    if (type === 'error') stage.answer(`${code}: ${message}`);
    if (type === 'renamed') stage.answer(`renamed: ${name}`);
    if (type === 'chat' && name === 'Eve')
      stage.answer(`chat, with the name that the token was signed for: ${name}${userId === 'Ann' ? ' (broken!)' : ''}`);
  });
  eve.on('close', (code) => code !== 1006 && code !== 1005 && stage.answer(`by closing with ${code}`));
  return eve;
}

/** Closes the connection, and waits until it is closed: by then everything has been answered. */
async function leave(eve: WebSocket): Promise<void> {
  const closed = once(eve, 'close');
  eve.close();
  await closed;
}

async function refused(stage: Stage, what: string, socket: WebSocket): Promise<void> {
  socket.on('unexpected-response', (request, response) => {
    stage.answer(`${response.statusCode} to ${what}`);
    request.destroy();
  });
  socket.on('open', () => stage.answer(`101 to ${what}: let in!`));
  await Promise.race([once(socket, 'close'), once(socket, 'open'), once(socket, 'unexpected-response')]);
  socket.terminate();
}
