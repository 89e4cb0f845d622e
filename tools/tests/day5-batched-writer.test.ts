/** The given half of bonus 5.d: whatever else is written to the same connection, the order is kept, and no frame is in a wrong place. */
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { WebSocketServer } from 'ws';
import { connect, exercise, expect, fail, rawConnect, serve, thrownBy } from '#kit';
import { BatchedWriter } from '#solutions/day5-scaling/bonus/batched-writer.ts';

exercise('day5 batched writer', (check) => {
  const open = async () => {
    let writer!: BatchedWriter;
    const sockets: WebSocket[] = [];
    const { url, port } = await serve((server) => {
      writer = new BatchedWriter(server);
      server.on('connection', (socket) => {
        sockets.push(socket);
        socket.on('error', () => {});
      });
    });
    const come = async () => {
      const client = await connect(url);
      return { client, socket: sockets[sockets.length - 1] };
    };
    return { writer, come, port, sockets };
  };
  type Come = Awaited<ReturnType<Awaited<ReturnType<typeof open>>['come']>>;
  /** Everything that the client receives, pings and pongs too, up to its close. */
  const story = ({ client }: Come) => {
    const heard: string[] = [];
    client.socket.on('message', (data) => heard.push(String(data)));
    client.socket.on('ping', () => heard.push('ping'));
    client.socket.on('pong', () => heard.push('pong'));
    return async () => {
      const { code } = await client.closed();
      return [...heard, code];
    };
  };

  check('all that a turn has for a client is one write', async () => {
    const { writer, come } = await open();
    const ann = await come();
    const { _socket: connection } = ann.socket as unknown as { _socket: { write: (...args: unknown[]) => boolean } };
    // The write of a socket's prototype is what both this writer and ws call in the end.
    const { _handle: handle } = connection as unknown as { _handle: Record<string, (...args: unknown[]) => unknown> };
    let writes = 0;
    for (const name of ['writev', 'writeBuffer', 'writeUtf8String', 'writeLatin1String']) {
      const original = handle[name].bind(handle);
      handle[name] = (...args: unknown[]) => (writes++, original(...args));
    }
    const ended = story(ann);
    for (let i = 0; i < 16; i++) writer.write(ann.socket, `text ${i}`);
    await turn();
    expect(writes).toBe(1);
    ann.socket.close(4000);
    expect(await ended()).toEqual([...Array.from({ length: 16 }, (_, i) => `text ${i}`), 4000]);
  });
  check('a ping, a pong, a close frame and texts of ws itself keep their places', async () => {
    const { writer, come } = await open();
    const ann = await come();
    const ended = story(ann);
    writer.write(ann.socket, 'one');
    ann.socket.ping();
    writer.write(ann.socket, 'two');
    ann.socket.pong();
    writer.write(ann.socket, 'three');
    ann.socket.send('four');
    writer.write(ann.socket, 'five');
    ann.socket.close(4000);
    writer.write(ann.socket, 'too late');
    expect(await ended()).toEqual(['one', 'ping', 'two', 'pong', 'three', 'four', 'five', 4000]);
  });
  check('the answer to a ping of the client keeps its place', async () => {
    const { writer, come } = await open();
    const ann = await come();
    const ended = story(ann);
    ann.socket.on('ping', () => writer.write(ann.socket, 'after the pong'));
    ann.client.socket.ping();
    await once(ann.client.socket, 'pong');
    await ann.client.next('the text');
    ann.socket.close(4000);
    expect(await ended()).toEqual(['pong', 'after the pong', 4000]);
  });
  check('nothing comes between the fragments of a message', async () => {
    const { writer, come } = await open();
    const ann = await come();
    const ended = story(ann);
    writer.write(ann.socket, 'one');
    ann.socket.send('t', { fin: false });
    writer.write(ann.socket, 'three');
    await turn();
    ann.socket.send('w', { fin: false });
    ann.socket.ping();
    writer.write(ann.socket, 'four');
    await turn();
    ann.socket.send('o', { fin: true });
    writer.write(ann.socket, 'five');
    await turn();
    ann.socket.close(4000);
    expect(await ended()).toEqual(['one', 'ping', 'two', 'three', 'four', 'five', 4000]);
  });
  check('a Blob that ws still reads keeps its place, in fragments too', async () => {
    const { writer, come } = await open();
    const ann = await come();
    const ended = story(ann);
    writer.write(ann.socket, 'one');
    ann.socket.send(new Blob(['two']) as unknown as Buffer, { binary: false });
    writer.write(ann.socket, 'three');
    ann.socket.send('four');
    await turn();
    ann.socket.send(new Blob(['fi']) as unknown as Buffer, { binary: false, fin: false });
    writer.write(ann.socket, 'six');
    ann.socket.send(new Blob(['ve']) as unknown as Buffer, { binary: false });
    writer.write(ann.socket, 'seven');
    ann.socket.close(4000);
    expect(await ended()).toEqual(['one', 'two', 'three', 'four', 'five', 'six', 'seven', 4000]);
  });
  check('a message without an end never lets anything through, and is bounded', async () => {
    const { writer, come } = await open();
    const ann = await come();
    const ended = story(ann);
    ann.socket.send('t', { fin: false });
    for (let i = 0; i < 4 && ann.socket.readyState === ann.socket.OPEN; i++) {
      writer.write(ann.socket, 'x'.repeat(writer.limit / 2));
      await turn();
    }
    expect(await ended()).toEqual([1013]);
  });
  check('a client that ends its half of the connection still gets what was sent before', async () => {
    const { writer, port, sockets } = await open();
    const peer = await rawConnect(port);
    const [socket] = sockets;
    const { _socket: connection } = socket as unknown as { _socket: NodeJS.EventEmitter };
    connection.prependListener('end', () => writer.write(socket, 'one'));
    peer.socket.end();
    const { opcode, payload } = await peer.takeFrame('the text');
    expect([opcode, String(payload)]).toEqual([1, 'one']);
  });
  check('a client that is cut off in this turn is not an error', async () => {
    const { writer, come } = await open();
    const [ann, bob] = [await come(), await come()];
    for (const { socket } of [ann, bob]) writer.write(socket, 'one');
    ann.socket.terminate();
    writer.write(ann.socket, 'two');
    writer.write(bob.socket, 'two');
    await turn();
    bob.socket.close(4000);
    await bob.client.closed();
    expect(bob.client.received.map(({ text }) => text)).toEqual(['one', 'two']);
  });
  check('clients that get different texts in one turn get their own, in order', async () => {
    const { writer, come } = await open();
    const people = [await come(), await come(), await come()];
    const ends = people.map(story);
    for (const { socket } of people) writer.write(socket, 'all');
    writer.write(people[1].socket, 'only the second');
    for (const { socket } of people.slice(1)) writer.write(socket, 'all but the first');
    for (const { socket } of people) writer.write(socket, 'all again');
    await turn();
    for (const { socket } of people) socket.close(4000);
    expect(await Promise.all(ends.map((end) => end()))).toEqual([
      ['all', 'all again', 4000],
      ['all', 'only the second', 'all but the first', 'all again', 4000],
      ['all', 'all but the first', 'all again', 4000],
    ]);
  });
  check('with permessage-deflate it refuses to work, and says so', () => {
    const wss = new WebSocketServer({ noServer: true, perMessageDeflate: true });
    const error = thrownBy(() => new BatchedWriter(wss));
    if (!(error instanceof Error)) return fail('It did not throw.');
    expect(error.message).toContain('Set perMessageDeflate: false.');
  });
  check('a client that was there before the writer is told apart', async () => {
    const sockets: WebSocket[] = [];
    const { url, wss } = await serve((server) => void server.on('connection', (socket) => sockets.push(socket)));
    await connect(url);
    expect(String(thrownBy(() => new BatchedWriter(wss).write(sockets[0], 'Hi')))).toContain('had connected before');
  });
});
