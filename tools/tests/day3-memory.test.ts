/** A connection lasts for hours. Everything that belongs to its handshake must not stay in memory for as long. */
import type { IncomingMessage } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { connect, exercise, expect, onCleanUp } from '#kit';
import { Tokens } from '#day3/given/tokens.ts';
import { createApp } from '#solutions/day3-chat/app.ts';
import { listening } from '#tools/serve/ports.ts';

exercise('day3 memory', (check) => {
  check('an open connection does not keep the request of its handshake', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const tokens = new Tokens();
    const { server, stop } = createApp({ tokens, page: (_, response) => void response.end() });
    onCleanUp(() => stop(0));
    const requests: WeakRef<IncomingMessage>[] = [];
    server.prependListener('upgrade', (request) => void requests.push(new WeakRef(request)));
    const url = `ws://127.0.0.1:${await listening(server)}`;
    for (const name of ['Ann', 'Bob', 'Cleo'])
      await connect(url, { protocols: ['chat', `token.${tokens.issue(name).token}`] });

    // Node keeps the last request for a while.
    for (let i = 0; i < 20 && requests.filter((one) => one.deref()).length > 1; i++) {
      await turn();
      collect();
    }

    expect(requests).toHaveLength(3);
    expect(requests.filter((one) => one.deref()).length).toBeLessThanOrEqual(1);
  });
});
