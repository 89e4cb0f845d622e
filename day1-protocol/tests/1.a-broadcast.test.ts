import { WebSocket } from 'ws';
import { connect, exercise, expect, fail, load, onCleanUp, serve, show, thrownBy } from '#kit';
import { expectText } from './helpers/echo-cases.ts';

exercise('1.a broadcast', (check) => {
  async function start() {
    const { broadcast } = await load(() => import('#day1/bonus/broadcast.ts'), 'broadcast');
    const served = await serve((wss) =>
      wss.on('connection', (socket) => socket.on('message', (data) => socket.send(String(data)))),
    );
    return { broadcast, ...served };
  }

  check('everybody hears it once, as text', async () => {
    const { broadcast, url, wss } = await start();
    const clients = [await connect(url), await connect(url), await connect(url)];
    broadcast(wss.clients, 'καλημέρα');
    for (const [i, client] of clients.entries()) {
      const heard = await client.fence();
      if (heard.length !== 1) fail(`Client ${i + 1} of 3 heard ${heard.length} messages; one was sent to everybody.`);
      expectText(heard[0], 'καλημέρα');
    }
  });
  check('who is not open is passed over, and the others hear', async () => {
    const { broadcast, url, wss } = await start();
    const first = await connect(url);
    await connect(url);
    const last = await connect(url);
    const connecting = new WebSocket(url);
    connecting.on('error', () => {});
    onCleanUp(() => connecting.terminate());
    const [one, leaving, three] = wss.clients;
    leaving.close();
    broadcast([connecting, one, leaving, three], 'still here');
    for (const client of [first, last]) {
      const heard = await client.fence();
      expect(
        heard.map(({ text }) => text),
        'Wrong messages at an open client, while another one is connecting, and one is closing.',
      ).toEqual(['still here']);
    }
  });
  check('any iterable will do', async () => {
    const { broadcast, url, wss } = await start();
    const client = await connect(url);
    const members: Iterable<WebSocket> = { [Symbol.iterator]: () => wss.clients.values() }; // and no more: a generator has forEach since Node 22
    const thrown = thrownBy(() => broadcast(members, 'Hi'));
    if (thrown !== undefined)
      fail(
        `broadcast threw ${show(String(thrown))} on an Iterable that is no Set: it has neither forEach nor a length. for…of takes any.`,
      );
    expect(
      (await client.fence()).map(({ text }) => text),
      'Wrong messages at a client that came out of an Iterable.',
    ).toEqual(['Hi']);
  });
});
