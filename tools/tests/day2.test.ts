/** The given parts of day 2 survive a client that sends anything, and a WebSocket that never fires `close`. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { replyTo } from '#day2/given/server-replies.ts';
import type { Options } from '#day2/given/base-client.ts';
import { toBytes } from '#solutions/day2-client/bonus/binary.ts';
import { RealtimeClient } from '#solutions/day2-client/client.ts';

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

describe("the server's answers", () => {
  /** Sends texts to a server that answers as day 2's does; resolves with its replies. */
  async function ask(...texts: string[]): Promise<Record<string, unknown>[]> {
    const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    const thrown: unknown[] = [];
    wss.on('connection', (socket) =>
      socket.on('message', (data) => {
        try {
          replyTo(socket, String(data));
        } catch (error) {
          thrown.push(error); // in the real server, nothing would catch this
        }
      }),
    );
    await once(wss, 'listening');
    onTestFinished(() => void wss.close());
    const client = new WebSocket(`ws://127.0.0.1:${(wss.address() as AddressInfo).port}`);
    onTestFinished(() => client.terminate());
    const replies: Record<string, unknown>[] = [];
    client.on('message', (data) => replies.push(JSON.parse(String(data))));
    await once(client, 'open');
    for (const text of [...texts, '{"type":"echo","text":"fence"}']) client.send(text);
    while (replies.at(-1)?.text !== 'fence') await once(client, 'message');
    expect(thrown).toEqual([]);
    return replies.slice(0, -1);
  }

  test.each([
    ['a `how` without a text', '{"type":"misbehave","how":{"toString":1}}'],
    ['a deeply nested `how`', `{"type":"misbehave","how":${nested(20_000)}}`],
    ['a `how` from the prototype', '{"type":"misbehave","how":"constructor"}'],
    ['a `how` that is a list of a name', '{"type":"misbehave","how":["cut the line"]}'],
    ['a deeply nested requestId', `{"type":"time","requestId":${nested(20_000)}}`],
    ['a requestId without a text', '{"type":"time","requestId":{"toString":1}}'],
    ['a deeply nested text', `{"type":"echo","text":${nested(20_000)}}`],
    ['a deeply nested type', `{"type":${nested(20_000)}}`],
    ['a list', nested(20_000)],
    ['no JSON', 'hello'],
    ['null', 'null'],
  ])('%s gets an error, and the connection stays', async (_what, text) => {
    expect(await ask(text)).toEqual([{ type: 'error', text: expect.any(String) }]);
  });

  test('a request gets its requestId back', async () => {
    const [time, unknown] = await ask('{"type":"time","requestId":"7"}', '{"type":"what","requestId":"8"}');

    expect(time).toEqual({ type: 'time', now: expect.any(String), requestId: '7' });
    expect(unknown).toMatchObject({ type: 'error', requestId: '8' });
  });
});

/** A socket that fires an event when a test says so. */
class Silent extends EventTarget {
  static latest: Silent;
  readyState = 0;
  constructor() {
    super();
    Silent.latest = this;
  }
  send(): void {}
  close(): void {}
}
const silent = Silent as unknown as Options['WebSocket'];
afterEach(() => (Silent.latest = undefined as never));

describe('the client', () => {
  test('is closed when the socket fires only `error`, as in Node 22, and can connect again', async () => {
    const states: unknown[] = [];
    const client = new RealtimeClient('ws://127.0.0.1', {
      WebSocket: silent,
      onState: (state, closed) => states.push(state, ...(closed ? [closed.code] : [])),
    });
    const first = client.connect();
    const dead = Silent.latest;
    dead.dispatchEvent(new Event('error'));

    await expect(first).rejects.toThrow('No connection to ws://127.0.0.1');
    expect(states).toEqual(['connecting', 'closed', 1006]);

    const second = client.connect();
    expect(Silent.latest).not.toBe(dead);
    Silent.latest.readyState = 1;
    Silent.latest.dispatchEvent(new Event('open'));
    await second;
    dead.dispatchEvent(new Event('error'));
    expect(states.slice(3)).toEqual(['connecting', 'open']);
  });

  test('stays closed when close() makes the socket fire `error` at once', () => {
    const client = new RealtimeClient('ws://127.0.0.1', { WebSocket: silent });
    client.connect().catch(() => {});
    Silent.latest.close = () => void Silent.latest.dispatchEvent(new Event('error'));
    client.close();

    expect(client.state).toBe('closed');
  });

  test.each([[Object.create(null)], [{ toString: 1 }], [Symbol('a')], [undefined]])(
    'reports a handler that throws %o',
    (thrown) => {
      const problems: Error[] = [];
      const client = new RealtimeClient('ws://127.0.0.1', { onProblem: (problem) => problems.push(problem) });
      client.on('news', () => {
        throw thrown;
      });
      client.dispatch('{"type":"news"}');

      expect(problems).toEqual([expect.any(Error)]);
    },
  );
});

test('toBytes throws a TypeError even for data that cannot be turned into text', async () => {
  for (const data of [JSON.parse(nested(20_000)), { toString: 1 }, Object.create(null), Symbol('a')])
    await expect(toBytes(data)).rejects.toBeInstanceOf(TypeError);
});
