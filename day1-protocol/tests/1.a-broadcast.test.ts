import { WebSocket } from 'ws';
import { connect, exercise, fail, load, onCleanUp, serve, show, thrownBy, type Client } from '#kit';
import { expectText } from './helpers/echo-cases.ts';

exercise('1.a broadcast', (check) => {
  async function start() {
    const { broadcast } = await load(() => import('#day1/bonus/broadcast.ts'), 'broadcast');
    const held: { uncork: () => void }[] = [];
    const served = await serve((wss) =>
      wss.on('connection', (socket, { socket: tcp, url }) => {
        socket.on('message', (data) => socket.send(String(data)));
        if (url !== '/slow') return;
        tcp.cork(); // nothing is written out any more, as with a client that doesn't read
        held.push(tcp);
      }),
    );
    onCleanUp(() => held.forEach((tcp) => tcp.uncork()));
    return { broadcast, ...served, readAgain: () => held.forEach((tcp) => tcp.uncork()) };
  }
  /** Calls broadcast, and fails if it throws. */
  const send = (broadcast: () => unknown, what: string): void => {
    const thrown = thrownBy(broadcast);
    if (thrown !== undefined)
      fail(`broadcast to ${what} threw ${show(String(thrown))}. The clients after it get nothing.`, { hint: 2 });
  };
  const expectOne = async (client: Client, text: string, what: string): Promise<void> => {
    const got = await client.fence();
    if (got.length !== 1)
      fail(
        `${what} got ${got.length} messages${got.length ? `: ${got.map((one) => show(one.text)).join(', ')}` : ''}. Expected one, ${show(text)}.`,
      );
    expectText(got[0], text, `${what} got`);
  };

  check('sends the text to everybody, once', async () => {
    const { broadcast, url, wss } = await start();
    const clients = [await connect(url), await connect(url), await connect(url)];
    send(() => broadcast(wss.clients, 'καλημέρα'), 'three open clients');
    for (const [i, client] of clients.entries()) await expectOne(client, 'καλημέρα', `Client ${i + 1} of 3`);
  });
  check('skips clients that are not open, and sends to the others', async () => {
    const { broadcast, url, wss } = await start();
    const first = await connect(url);
    await connect(url);
    const last = await connect(url);
    const connecting = new WebSocket(url);
    connecting.on('error', () => {});
    onCleanUp(() => connecting.terminate());
    const [one, leaving, three] = wss.clients;
    leaving.close();
    send(
      () => broadcast([connecting, one, leaving, three], 'still here'),
      'a client that is CONNECTING, an open one, one that is CLOSING, and another open one',
    );
    await expectOne(first, 'still here', 'The open client after the one that is connecting');
    await expectOne(last, 'still here', 'The open client after the one that is closing');
  });
  check('does not wait for a client that reads slowly', async () => {
    const { broadcast, url, wss } = await start();
    const first = await connect(url);
    await connect(`${url}/slow`);
    const last = await connect(url);
    send(() => broadcast(wss.clients, 'on time'), 'three open clients');
    await expectOne(first, 'on time', 'The client before one that does not read');
    const got = await last.fence();
    if (got.length === 0)
      fail(
        'The second of three clients reads nothing, and the third one got no message. Does the loop wait until the second has taken it? send only hands the text over.',
        { hint: 3 },
      );
  });
  check('sends at once, and not after a timer', async () => {
    const { broadcast, url, wss } = await start();
    const client = await connect(url);
    const [socket] = wss.clients;
    send(() => broadcast(wss.clients, 'first'), 'an open client');
    await new Promise<void>(process.nextTick); // after all microtasks
    socket.send('second');
    const got = (await client.fence()).map(({ text }) => text);
    if (got.join() !== 'first,second')
      fail(
        `broadcast was called with "first", and then "second" was sent to the same client. It got ${show(got)}. Does broadcast send later, after an await or a timer? By then a client may have closed, and other messages come first.`,
      );
  });
  check('also sends to a client that reads slowly', async () => {
    const { broadcast, url, wss, readAgain } = await start();
    const slow = await connect(`${url}/slow`);
    for (const text of ['one', 'two']) send(() => broadcast(wss.clients, text), 'a client that reads slowly');
    readAgain();
    const got = (await slow.fence()).map(({ text }) => text);
    if (got.join() !== 'one,two')
      fail(
        `A client did not read for a while, and then got ${show(got)}. Expected ["one", "two"]: it was open all the time.`,
      );
  });
  check('accepts anything that for…of can loop over', async () => {
    const { broadcast, url, wss } = await start();
    const client = await connect(url);
    // Nothing but an iterator: a generator object has forEach since Node 22.
    const members: Iterable<WebSocket> = { [Symbol.iterator]: () => wss.clients.values() };
    const thrown = thrownBy(() => broadcast(members, 'Hi'));
    if (thrown !== undefined)
      fail(
        `broadcast threw ${show(String(thrown))} on an Iterable that is neither an array nor a Set: it has no forEach and no length. for…of takes any iterable.`,
        { hint: 3 },
      );
    await expectOne(client, 'Hi', 'A client from such an Iterable');
  });
});
