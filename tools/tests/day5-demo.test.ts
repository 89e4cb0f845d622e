/** The parts of day 5's demonstration: the bots' figures, the words for them, keys, scripts, options, and the balancer. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { Balancer } from '../../day5-scaling/demo/cluster/balancer.ts';
import { Bots } from '../../day5-scaling/demo/cluster/bots.ts';
import { wordsOf } from '../../day5-scaling/demo/cluster/nodes.ts';
import { optionsOf } from '../../day5-scaling/demo/cluster/options.ts';
import { refusal } from '../../day5-scaling/demo/cluster/ports.ts';
import { figures, report } from '../../day5-scaling/demo/cluster/report.ts';
import { actionOf, readAction, readScript } from '../../day5-scaling/demo/cluster/script.ts';
import { Tally } from '../../day5-scaling/demo/cluster/tally.ts';

test('a tally notices what is missing, announced or not, late or doubled', () => {
  const tally = new Tally();
  for (const number of [1, 2, 4, 5]) tally.hear('ann', number);
  expect(tally).toMatchObject({ heard: 4, lost: 1, told: 0, twice: 0 });
  tally.hear('ann', 3);
  tally.hear('ann', 5);
  expect(tally).toMatchObject({ heard: 5, lost: 0, told: 0, twice: 1 });
  tally.gap();
  tally.hear('ann', 8);
  tally.hear('bob', 1);
  expect(tally).toMatchObject({ heard: 7, lost: 2, told: 2, twice: 1 });
  tally.hear('ann', 10);
  tally.close('ann', 11);
  expect(tally).toMatchObject({ lost: 4, told: 2 });
  tally.gap(); // some are missing before this place
  expect(tally).toMatchObject({ lost: 4, told: 4 });
});

test('the figures of the bots add up: to hear is heard, not yet and lost', () => {
  const bots = new Bots(1);
  const [ann, bob, cleo] = bots.all; // one room
  const said = (numbers: number[], ...by: typeof bots.all): void => {
    for (const bot of by) for (const number of numbers) bot.tally.hear('Ann', number);
  };
  ann.said = 4;
  said([1, 2, 3, 4], ann);
  said([1, 2], bob);
  const [first, second, third, other] = bots.views();
  expect(first).toMatchObject({ name: 'Ann', said: 4, toHear: 4, heard: 4, unheard: 0, lost: 0 });
  expect(second).toMatchObject({ name: 'Bob', said: 0, toHear: 4, heard: 2, unheard: 2, lost: 0 });
  expect(third).toMatchObject({ name: 'Cleo', toHear: 4, heard: 0, unheard: 4 });
  expect(other).toMatchObject({ name: 'Dan', toHear: 0, heard: 0, unheard: 0 });
  expect(figures(bots.views())).toBe('4 said, 12 to be heard: 6 heard, 6 not heard yet, 0 lost; 0 twice');

  ann.said = 5;
  for (const bot of [bob, cleo]) bot.tally.gap();
  said([5, 5], ann, bob, cleo);
  expect(figures(bots.views())).toBe(
    '5 said, 15 to be heard: 9 heard, 0 not heard yet, 6 lost (all announced); 3 twice',
  );
  said([3], cleo);
  bob.said = 1;
  ann.tally.hear('Bob', 2); // a number that nobody counted as said would show
  expect(bots.views()[0]).toMatchObject({ toHear: 6, heard: 6, lost: 1, unheard: -1 });
  bob.said = 2;
  const lines = report(bots.views()).split('\n');
  expect(lines[0]).toBe('  Ann   in lobby  said 5; 7 to hear: 6 heard, 0 not yet, 1 lost (0 announced); 1 twice');
  expect(lines).toHaveLength(10);
  expect(lines[9]).toBe('7 said, 21 to be heard: 11 heard, 4 not heard yet, 6 lost (5 announced); 3 twice.');
});

test('an empty node says so when it is ready, and when it stops', () => {
  const words = (state: Parameters<typeof wordsOf>[0]['state'], sockets?: number) =>
    wordsOf({ state, report: sockets === undefined ? undefined : { sockets } });
  expect([words('ready', 3), words('ready', 0), words('stopping', 0), words('gone')]).toEqual([
    'is ready',
    'is ready, and empty: existing connections stay on the other nodes',
    'is stopping, with nobody connected to it',
    'is gone',
  ]);
  expect(words('stopping', 3)).toContain('1012');
});

test('the options can be given with dashes or as plain words', () => {
  for (const args of [
    ['--mine', '--lan', '--port', '9000'],
    ['mine', 'lan', '--port', '9000'],
  ])
    expect(optionsOf(args)).toEqual({
      port: 9000,
      dashboard: 9010,
      mine: true,
      lan: true,
      stream: false,
      standIn: false,
      steps: undefined,
    });
  expect(optionsOf(['--port', '9000'])).toMatchObject({ mine: false, lan: false });
});

test('a port that is in use: which one, and a --port with which both are free', async () => {
  const { port } = await backend('somebody else');
  expect(await refusal({ port: 0, dashboard: 0 })).toBe(undefined);
  expect(await refusal({ port: port!, dashboard: 0 })).toMatch(
    new RegExp(`^The balancer's port ${port} \\(--port\\) is in use\\. Try --port \\d+\\.$`),
  );
  const line = await refusal({ port: 0, dashboard: port! });
  expect(line).toMatch(
    new RegExp(`^The dashboard's port ${port} \\(--port \\+ 10\\) is in use\\. Try --port \\d+\\.$`),
  );
  const helps = Number(/Try --port (\d+)/.exec(line!)![1]);
  expect(await refusal({ port: helps, dashboard: helps && helps + 10 })).toBe(undefined);
});

test('a script says what is wrong with it, and a key depends on what is alive', () => {
  expect(readScript('wait 1.5, kill 1,revive redis')).toEqual([
    { wait: 1.5 },
    { name: 'kill', target: 1 },
    { name: 'revive', target: 'redis' },
  ]);
  for (const bad of ['', 'wait', 'wait x', 'kill', 'kill 4', 'freeze 1', 'stop redis', 'kill 1 2'])
    expect(() => readScript(bad), bad).toThrow(/^Unknown step /);
  expect(readAction('kill 1\n')).toBe(undefined);
  const key = (one: string, isAlive = true, isFrozen = false) =>
    actionOf(
      one,
      () => isAlive,
      () => isFrozen,
    );
  expect([key('2'), key('2', false), key('6'), key('r'), key('f'), key('f', true, true), key('x')]).toEqual([
    { name: 'kill', target: 2 },
    { name: 'revive', target: 2 },
    { name: 'stop', target: 3 },
    { name: 'kill', target: 'redis' },
    { name: 'freeze', target: 'redis' },
    { name: 'thaw', target: 'redis' },
    undefined,
  ]);
});

/** A pretended node that answers with its name, and whether it is ready. */
async function backend(name: string) {
  const state = { name, status: 200, port: undefined as number | undefined, server: undefined as unknown as Server };
  state.server = createServer(({ url }, response) =>
    response.writeHead(url === '/healthz' ? state.status : 200).end(name),
  ).listen(0, '127.0.0.1');
  await once(state.server, 'listening');
  state.port = (state.server.address() as AddressInfo).port;
  onTestFinished(() => void state.server.close().closeAllConnections());
  return state;
}

test('the balancer: the fewest connections, only ready nodes, and one that answers if none is ready', async () => {
  const backends = [await backend('one'), await backend('two')];
  const balancer = new Balancer(backends, 3_600_000);
  balancer.server.listen(0, '127.0.0.1');
  await once(balancer.server, 'listening');
  onTestFinished(() => balancer.close());
  const { port } = balancer.server.address() as AddressInfo;
  /** The node that answers on a new connection, which stays open. */
  const come = (): Promise<string> => {
    const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.1\r\nHost: chat\r\n\r\n'));
    onTestFinished(() => void socket.destroy());
    return new Promise((resolve) => {
      let answer = '';
      socket.on('data', (bytes) => {
        const [, name] = /\r\n(one|two)\r\n/.exec((answer += bytes)) ?? [];
        if (name) resolve(name);
      });
      socket.on('error', () => {}).on('close', () => resolve('nobody'));
    });
  };
  expect(await come()).toBe('nobody'); // it has not looked yet
  await balancer.look();
  expect([await come(), await come(), await come(), await come()].sort()).toEqual(['one', 'one', 'two', 'two']);
  expect(balancer.size).toBe(4);

  backends[0].status = 503;
  await balancer.look();
  expect([await come(), await come()]).toEqual(['two', 'two']);
  backends[1].status = 503;
  await balancer.look();
  expect(await come()).toBe('one');

  backends[1].status = 200;
  await balancer.look();
  backends[1].server.close().closeAllConnections();
  await once(backends[1].server, 'close');
  expect(await come()).toBe('nobody'); // it finds out that the only ready one is gone
  expect(await come()).toBe('one'); // and that one answers at least
});
