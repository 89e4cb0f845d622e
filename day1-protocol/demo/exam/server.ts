import { connect, fail, fakeClock, frame, load, rawConnect, serve, show, type Client, type Trial } from '#kit';
import { told } from '../../tests/helpers/echo-cases.ts';
import { RUDE_FRAMES } from '../rude/frames.ts';

/** As in server.ts. */
const LIMITS = { maxPayload: 1024 * 1024 };

/** Your server, on a port of its own. It is what server.ts starts. */
async function startServer() {
  const { echo } = await load(() => import('#day1/echo.ts'), 'echo');
  return serve((wss) => wss.on('connection', echo), LIMITS);
}

/** Somebody whose conversation must not suffer. */
async function person(url: string): Promise<Client> {
  const client = await connect(url);
  await client.next('the greeting');
  return client;
}

export const SERVER_TRIALS: Trial[] = [
  {
    tried: 'Ten people at once send text and binary, 200 messages in all',
    blames: '1.5',
    async run() {
      const { url } = await startServer();
      const people = await Promise.all(Array.from({ length: 10 }, () => person(url)));
      for (let i = 0; i < 10; i++)
        for (const [who, client] of people.entries()) {
          client.send(`${who}, ${i}`);
          client.send(Uint8Array.of(who, i, 0xff));
        }
      for (const [who, client] of people.entries())
        for (let i = 0; i < 10; i++) {
          const text = await client.next(`the echo of the text "${who}, ${i}"`);
          if (text.isBinary || text.text !== `Server received: ${who}, ${i}`)
            fail(`The text "${who}, ${i}" was answered with ${told(text)}.`);
          const binary = await client.next('the echo of 3 bytes of binary');
          if (!binary.isBinary || !binary.bytes.equals(Buffer.of(who, i, 0xff)))
            fail(`Binary, ${show(Uint8Array.of(who, i, 0xff))}, was answered with ${told(binary)}.`);
        }
      return 'Everybody got their own messages back, once, in order, text as text and binary as binary.';
    },
  },
  {
    tried: 'Five rude frames: text without a mask, a reserved bit or opcode, a ping too long, 16 MiB',
    blames: '1.6',
    async run() {
      const { url, port } = await startServer();
      const ann = await person(url);
      for (const { what, bytes, code } of RUDE_FRAMES) {
        const peer = await rawConnect(port);
        await peer.takeFrame('the greeting');
        peer.write(Uint8Array.from(bytes));
        await peer.endOrBytes(`a close frame, or the end of the connection, after ${what}`);
        const answer = peer.bytes.length > 0 ? await peer.takeFrame('the close frame') : undefined;
        const got =
          answer?.opcode === 8 && answer.payload.length >= 2 ? answer.payload.readUInt16BE() : 'another frame';
        if (answer && got !== code) fail(`${what} was answered with ${got}. Expected a close frame with ${code}.`);
        await peer.end(`the end of the connection that sent ${what}`);
        await ann.fence(`still there after ${what}?`);
      }
      return 'Only these connections were ended: Ann was answered after each of them.';
    },
  },
  {
    tried: '20 connections break off in the middle of a frame, 20 more send too much',
    blames: '1.6',
    async run() {
      const { url, port } = await startServer();
      const ann = await person(url);
      for (let i = 0; i < 20; i++) {
        const peer = await rawConnect(port);
        await peer.takeFrame('the greeting');
        peer.write(frame(1, 'Half of this never comes').subarray(0, 12));
        peer.socket.resetAndDestroy();
        const greedy = await person(url);
        greedy.send(new Uint8Array(LIMITS.maxPayload + 1));
        const { code } = await greedy.closed('the end of the connection that sent too much');
        if (code !== 1009) fail(`A client sent more than 1 MiB and was closed with ${code}. Expected 1009.`);
        await ann.fence(`still there after round ${i + 1}?`);
      }
      return 'The server is up. Clients that sent too much were closed with 1009. Ann was answered each time.';
    },
  },
  {
    tried: 'Three peers fall silent, three stay healthy, one has just come',
    blames: '1.7',
    async run() {
      const clock = fakeClock();
      const { startHeartbeat } = await load(() => import('#day1/heartbeat.ts'), 'startHeartbeat');
      const { url, port, close } = await serve((wss) => {
        startHeartbeat(wss, 30_000);
        wss.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })));
      }, LIMITS);
      const healthy = await Promise.all([1, 2, 3].map(() => connect(url)));
      const silent = await Promise.all([1, 2, 3].map(() => rawConnect(port)));
      const answer = async (clients: Client[], when: string): Promise<void> => {
        for (const client of clients) {
          client.send(when);
          if (client.closedWith) fail(`A healthy client, which answers every ping, was cut off ${when}.`);
          await client.next(`an answer to a healthy client ${when}`);
        }
      };
      clock.advance(30_000);
      await answer(healthy, 'after the first sweep');
      const [first] = healthy;
      if (first.pings === 0) fail('30 seconds have passed, and a healthy client has received no ping.');
      const newcomer = await connect(url);
      clock.advance(30_000);
      await answer([...healthy, newcomer], 'after the second sweep');
      for (const peer of silent) {
        const { opcode } = await peer.takeFrame('a ping');
        if (opcode !== 9) fail(`A silent peer received a frame with opcode ${opcode}. Expected a ping, 9.`);
        await peer
          .end('the end of a silent peer')
          .catch(() => fail(`Two sweeps have passed, and a peer that answers no ping is not cut off. ${peer.story()}`));
      }
      clock.advance(30_000);
      await answer([...healthy, newcomer], 'after the third sweep');
      await close();
      if (clock.timers() > 0) fail('The server is closed, and the timer of the heartbeat still runs.');
      return 'Two sweeps later the silent ones are gone. Everybody else was pinged, answered, and is still there.';
    },
  },
  {
    tried: 'Everything together, while Ann and Bob send 500 messages each',
    blames: '1.6',
    together: true,
    async run() {
      const clock = fakeClock();
      const { echo } = await load(() => import('#day1/echo.ts'), 'echo');
      const { startHeartbeat } = await load(() => import('#day1/heartbeat.ts'), 'startHeartbeat');
      const { url, port } = await serve((wss) => {
        wss.on('connection', echo);
        startHeartbeat(wss, 30_000);
      }, LIMITS);
      const people = [await person(url), await person(url)];
      const silent = await rawConnect(port);
      for (let i = 0; i < 500; i++) {
        for (const client of people) client.send(`word ${i}`);
        if (i % 10 === 0) (await rawConnect(port)).write(Uint8Array.from(RUDE_FRAMES[(i / 10) % 5].bytes));
        if (i % 100 > 0) continue;
        for (const client of people) await client.fence(`sweep ${i}`);
        clock.advance(30_000);
      }
      for (const client of people) {
        await client.fence('the end');
        const words = client.received.map(({ text }) => text).filter((text) => text.includes('word'));
        const wrong = words.findIndex((text, i) => text !== `Server received: word ${i}`);
        if (wrong >= 0) fail(`Echo ${wrong} of Ann's 500 is ${show(words[wrong])}.`, { blames: '1.5' });
        if (words.length !== 500) fail(`Ann sent 500 messages and received ${words.length}.`, { blames: '1.5' });
      }
      await silent
        .end('the end of the silent peer')
        .catch(() =>
          fail('Five sweeps have passed, and a peer that has answered no ping is still connected.', { blames: '1.7' }),
        );
      return 'Ann and Bob got every echo, once and in order, among 50 rude peers and a silent one.';
    },
  },
];
