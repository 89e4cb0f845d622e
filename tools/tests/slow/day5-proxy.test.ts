/** Day 5's nodes behind the real nginx and the real Caddy, on the committed configurations: only ports and times are replaced. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { connect, exercise, expect, onCleanUp, serve, type Client } from '#kit';
import { LIMITS } from '#day3/given/limits.ts';
import { configuration, type Edit, type Name } from './day5-proxy/configuration.ts';
import { come, say, startNodes } from './day5-proxy/nodes.ts';
import { isInstalled, startProxy } from './day5-proxy/proxy.ts';

const IDLE_1_S: Record<Name, Edit> = {
  nginx: ['proxy_read_timeout 75s;', 'proxy_read_timeout 1s;'],
  caddy: ['read_timeout 75s', 'read_timeout 1s'],
};
const HOPS: Record<Name, Edit[]> = {
  nginx: [
    ['proxy_set_header Upgrade $http_upgrade;', ''],
    ['proxy_set_header Connection $connection_upgrade;', ''],
  ],
  caddy: [['lb_retries 2 #', 'header_up -Upgrade\nheader_up -Connection\nlb_retries 2 #']], // it needs no such lines, because it forwards them by itself
};
const NODES = 3;

/** Two people for each node, in the order of the nodes. */
async function people(url: string, nodes: Awaited<ReturnType<typeof startNodes>>['nodes']): Promise<Client[][]> {
  const homes: Client[][] = nodes.map(() => []);
  for (let i = 0; i < 2 * NODES; i++) {
    const before = nodes.map(({ node }) => node.app.wss.clients.size);
    const client = await come(url, `person ${i}`);
    homes[nodes.findIndex(({ node }, at) => node.app.wss.clients.size > before[at])].push(client);
  }
  return homes;
}

/** Connects and tells with which status or close code that failed. */
const refusal = (url: string, options = {}): Promise<string> =>
  connect(url, options).then(
    () => 'open',
    (error: Error) => error.message,
  );

exercise('day5 the configurations', (check) => {
  for (const name of ['nginx', 'caddy'] as const) {
    check(`${name}: what the tests replace is there exactly once`, () => {
      const text = configuration(name, { plain: 1, tls: 2, admin: 3 }, [4, 5, 6], [IDLE_1_S[name], ...HOPS[name]]);
      expect(text).not.toMatch(/(:|localhost:)(808\d|8443|2019)\b.*[{;]$/m);
    });
  }
});

for (const name of ['nginx', 'caddy'] as const) {
  const missing = [name, ...(name === 'nginx' ? (['openssl'] as const) : [])].filter(
    (program) => !isInstalled(program),
  );
  if (missing.length > 0) console.log(`day 5, ${name}: skipped, ${missing.join(' and ')} is not installed here.`);
  else suite(name);
}

function suite(name: Name): void {
  exercise(`day5 ${name}`, (check) => {
    check(
      'a client comes in, with token and subprotocol; clients are spread, and hear each other across nodes',
      async () => {
        const { nodes, ports } = await startNodes();
        const proxy = await startProxy(name, ports);
        const homes = await people(proxy.ws, nodes);
        expect(homes.map(({ length }) => length)).toEqual([2, 2, 2]);
        for (const [one] of homes) {
          expect(one.socket.protocol).toBe('chat');
          await say(one, `from ${homes.findIndex((home) => home[0] === one)}`);
        }
        const [last] = homes[2];
        for (const text of ['from 0', 'from 1', 'from 2'])
          expect(last.received.filter((message) => message.text.includes(text))).toHaveLength(1);
      },
    );

    check('the check of Origin holds: the page of the proxy may, a foreign one is refused with 403', async () => {
      const proxy = await startProxy(name, (await startNodes()).ports);
      await say(await come(proxy.ws, 'Ann', { origin: proxy.http }), 'Hi');
      for (const origin of ['https://evil.example', 'http://127.0.0.1', 'null'])
        expect(await refusal(proxy.ws, { origin })).toBe('Unexpected server response: 403');
      expect(await refusal(proxy.ws)).toBe('Unexpected server response: 401');
    });

    check('a large message passes whole, in both directions; one that is too large ends with 1009', async () => {
      const echo = await serve((wss) =>
        wss.on('connection', (socket) => {
          socket.on('error', () => {}); // Caddy before 2.6.3 says goodbye to a node without a mask
          socket.on('message', (data, binary) => socket.send(data, { binary }));
        }),
      );
      echo.server.on('request', (_, response) => response.end());
      const { ws } = await startProxy(name, [echo.port, echo.port, echo.port]);
      const client = await connect(ws);
      const sent = Buffer.alloc(3 << 20, 'a large message ');
      client.send(sent);
      expect(sent.equals((await client.next('the same three MiB')).bytes)).toBe(true);

      const chat = await come((await startProxy(name, (await startNodes()).ports)).ws, 'Ann');
      chat.send('x'.repeat(LIMITS.payload));
      expect((await chat.next('the error')).text).toContain('invalid-json');
      chat.send('x'.repeat(LIMITS.payload + 1));
      expect((await chat.closed()).code).toBe(1009);
    });

    check('idle past the time-out: cut, and the client sees 1006', async () => {
      const proxy = await startProxy(name, (await startNodes()).ports, [IDLE_1_S[name]]);
      const client = await come(proxy.ws, 'Ann');
      expect((await client.closed('the cut')).code).toBe(1006);
    });

    check('a heartbeat below the time-out keeps an idle connection', async () => {
      const proxy = await startProxy(name, (await startNodes(200)).ports, [IDLE_1_S[name]]);
      const client = await come(proxy.ws, 'Ann');
      await new Promise<void>((resolve, reject) => {
        client.socket.on('ping', () => client.pings >= 12 && resolve()); // 2.4 s
        client.socket.on('close', (code) => reject(new Error(`closed with ${code} after ${client.pings} pings`)));
      });
      await say(client, 'still here');
    });

    check(
      'a node is killed: its clients see 1006, the others notice nothing, and new clients land on the others',
      async () => {
        const { nodes, ports } = await startNodes();
        const proxy = await startProxy(name, ports);
        const homes = await people(proxy.ws, nodes);
        for (const [i, { kill }] of nodes.slice(0, 2).entries()) {
          await kill();
          for (const client of homes[i]) expect((await client.closed()).code).toBe(1006);
          for (const who of ['Ann', 'Bob', 'Cyd']) await say(await come(proxy.ws, who), 'Hi');
        }
        for (const client of homes[2]) await say(client, 'What was that?');
        expect(nodes[2].node.app.wss.clients.size).toBeGreaterThanOrEqual(2 + 3);
      },
    );

    check('a node shuts down: 1012 reaches its clients, and no new client reaches the node', async () => {
      const { nodes, ports } = await startNodes();
      const proxy = await startProxy(
        name,
        ports,
        name === 'caddy' ? [['health_interval 2s', 'health_interval 50ms']] : [],
      );
      const homes = await people(proxy.ws, nodes);
      const [{ node }] = nodes;
      node.isStopping = true;
      // Caddy asks for /healthz; when it has said what it heard, and asks again, it has acted on it. nginx finds out when it gets a 503 for a client; the client never notices.
      if (name === 'caddy')
        await proxy
          .says(`"status_code":503,"host":"127.0.0.1:${ports[0]}"`)
          .then(() => once(node.app.server, 'request'));
      for (const who of ['Ann', 'Bob', 'Cyd', 'Dan']) await say(await come(proxy.ws, who), 'Hi');
      expect(node.app.wss.clients.size).toBe(2);
      for (const socket of node.app.wss.clients) socket.close(1012, 'service restart');
      for (const client of homes[0]) expect(await client.closed()).toEqual({ code: 1012, reason: 'service restart' });
    });

    check('no node is ready, as with Redis down: they are used all the same', async () => {
      const { nodes, ports, broker } = await startNodes();
      const proxy = await startProxy(
        name,
        ports,
        name === 'caddy' ? [['health_interval 2s', 'health_interval 50ms']] : [],
      );
      broker.set(true);
      if (name === 'caddy')
        await Promise.all(
          nodes.map(
            async ({ node }) => (await once(node.app.server, 'request'), await once(node.app.server, 'request')),
          ),
        );
      for (let asked = 0; asked < 2 * NODES; asked++) expect((await fetch(`${proxy.http}/healthz`)).status).toBe(503);
      await say(await come(proxy.ws, 'Ann'), 'Hi');
      expect(await (await fetch(proxy.http)).text()).toBe('the page');
    });

    check("wss: with a certificate of one's own, and the check of Origin holds there, too", async () => {
      const proxy = await startProxy(name, (await startNodes()).ports);
      if (name === 'caddy') await proxy.says('"certificate obtained successfully","identifier":"localhost"');
      const secure = { ca: proxy.certificate() };
      await say(await come(proxy.wss, 'Ann', { ...secure, origin: proxy.wss.replace('wss', 'https') }), 'Hi');
      expect(await refusal(proxy.wss, { ...secure, origin: 'https://evil.example' })).toBe(
        'Unexpected server response: 403',
      );
      expect(await refusal(proxy.wss)).toMatch(
        /self-signed certificate|unable to get local issuer certificate|unable to verify the first certificate/,
      );
    });

    const bareSays = name === 'nginx' ? '; 426 from a ws server without pages' : '';
    check(`without Upgrade and Connection the node sees a plain GET: 200 with the page${bareSays}`, async () => {
      const proxy = await startProxy(name, (await startNodes()).ports, HOPS[name]);
      expect(await refusal(proxy.ws)).toBe('Unexpected server response: 200');
      if (name === 'caddy') return; // a server without /healthz is not ready for it, and goes the way of the last resort

      const bare = new WebSocketServer({ host: '127.0.0.1', port: 0 });
      onCleanUp(() => new Promise<void>((resolve) => bare.close(() => resolve())));
      await once(bare, 'listening');
      const { port } = bare.address() as AddressInfo;
      expect(await refusal((await startProxy(name, [port, port, port], HOPS[name])).ws)).toBe(
        'Unexpected server response: 426',
      );
    });

    check(
      'a reload ends the old connections: nginx at its deadline with 1006, Caddy at once with 1001; new ones are served',
      async () => {
        const proxy = await startProxy(
          name,
          (await startNodes()).ports,
          name === 'nginx' ? [['worker_shutdown_timeout 60s;', 'worker_shutdown_timeout 1s;']] : [],
        );
        const client = await come(proxy.ws, 'Ann');
        await proxy.reload([
          name === 'nginx'
            ? ['worker_connections 4096;', 'worker_connections 2048;']
            : ['health_interval 2s', 'health_interval 3s'],
        ]);
        expect((await client.closed()).code).toBe(name === 'nginx' ? 1006 : 1001);
        await say(await come(proxy.ws, 'Bob'), 'Hi');
      },
    );

    if (name === 'nginx') {
      check("Host without its port, as `$host` is: even the proxy's own page is refused", async () => {
        const proxy = await startProxy(name, (await startNodes()).ports, [['Host $http_host;', 'Host $host;']]);
        expect(await refusal(proxy.ws, { origin: proxy.http })).toBe('Unexpected server response: 403');
      });
    }
  });
}
