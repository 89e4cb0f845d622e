import { fail, fakeClock, load, serve, show, within, type Trial } from '#kit';
import { openClient, openStage, type Person } from './stage.ts';

const FINAL = [1000, 1002, 1003, 1007, 1008, 1009, 1010, 3000, 4001];
const PASSING = [1001, 1011, 1012, 1013, 1014];

export const DECISION_TRIALS: Trial[] = [
  {
    tried: '1,000 clients lose the server at once, and fail 40 times in a row',
    blames: '4.1',
    async run() {
      const { backoffDelay } = await load(() => import('#day4/backoff.ts'), 'backoffDelay');
      for (let attempt = 0; attempt < 40; attempt++)
        for (let one = 0; one < 1000; one++) {
          const [baseMs, capMs, random] = [500, 20_000, one / 1000];
          const ms = backoffDelay(attempt, { baseMs, capMs, random: () => random });
          const right = random * Math.min(capMs, baseMs * 2 ** attempt);
          if (Math.abs(ms - right) > 1)
            fail(
              `backoffDelay(${attempt}, { baseMs: 500, capMs: 20_000 }) returned ${show(ms)} where random() is ${random}. Expected ${right}.`,
            );
        }
      const late = backoffDelay(5000, { random: () => 0.5 });
      if (late !== 15_000)
        fail(
          `After 5,000 attempts, backoffDelay returned ${show(late)} where random() is 0.5. Expected 15000, half of the cap.`,
        );
      return 'They came back spread over the whole time, up to the limit, and never later than the cap.';
    },
  },
  {
    tried: 'An outage of ten attempts, twice; then one that is longer than maxAttempts',
    blames: '4.2',
    async run() {
      const { chaos, person } = await openStage();
      const asked: number[] = [];
      let afterTen = (): void => {};
      const delay = (attempt: number): number => {
        asked.push(attempt);
        if (asked.length === 10) afterTen();
        return 0;
      };
      const ann = await person('Ann', ['scheduleRetry'], { delay, minUptimeMs: 0, maxAttempts: 20 });
      ann.client.start();
      await ann.joined('at the start');
      for (const round of ['the first', 'the second']) {
        asked.length = 0;
        afterTen = () => chaos.outage(false);
        chaos.outage(true);
        await ann.until(() => asked.length >= 10, `ten retries, in ${round} outage`);
        await ann.joined(`after ${round} outage`);
        if (show(asked) !== show([...asked.keys()]))
          fail(`delay() was asked for the attempts ${show(asked)}. Expected 0, 1, 2 … each once.`);
      }
      asked.length = 0;
      afterTen = () => {};
      chaos.outage(true);
      await ann.until(() => ann.client.state.name === 'gave up' || asked.length > 20, 'the end of 20 attempts');
      if (asked.length !== 20) fail(`maxAttempts is 20, and the client planned ${asked.length} retries.`);
      chaos.outage(false);
      ann.client.retryNow();
      await ann.joined('after retryNow()');
      return 'It came back twice by itself, gave up after 20 attempts, and came back when it was told to.';
    },
  },
  {
    tried: 'Connections that last 4,999 ms, again and again, and one that lasts 5,000',
    blames: '4.3',
    async run() {
      const clock = fakeClock();
      const { chaos, person } = await openStage();
      const ann = await person('Ann', ['markStable'], { delay: () => 0 });
      ann.client.start();
      for (const [ms, attempts] of [
        [4999, 1],
        [4999, 2],
        [4999, 3],
        [5000, 1],
        [4999, 2],
      ]) {
        await ann.joined('on a network that works');
        clock.advance(ms);
        chaos.cut();
        await ann.state('waiting', 'after the line was cut');
        if (ann.client.attempt !== attempts)
          fail(
            `A connection lasted ${ms} ms. The client now counts ${ann.client.attempt} attempts. Expected ${attempts}.`,
          );
        clock.advance(1); // the delay is over
      }
      return 'Only the long one set the count back to 0.';
    },
  },
  {
    tried: `The server closes with each of ${PASSING.length + FINAL.length} codes, and the line is cut`,
    blames: '4.4',
    async run() {
      const { wss, chaos, person } = await openStage();
      const ann = await person('Ann', ['ended'], { delay: () => 0 });
      ann.client.start();
      await ann.joined('at the start');
      const ends: [what: string, act: () => void, retried: boolean][] = [
        ['the line was cut', () => chaos.cut(), true],
        ...[...PASSING, ...FINAL].map((code): [string, () => void, boolean] => [
          `the server closed with ${code}`,
          () => wss.clients.forEach((socket) => socket.close(code)),
          PASSING.includes(code),
        ]),
      ];
      for (const [what, act, retried] of ends) {
        ann.states.length = 0;
        act();
        const right = retried ? ['down', 'waiting'] : ['gave up'];
        await ann.until(() => ann.states.length >= right.length, `the next state after ${what}`);
        const states = ann.states.slice(0, right.length);
        if (show(states) !== show(right))
          fail(`When ${what}, the client went through ${show(states)}. Expected ${show(right)}.`);
        if (!retried) ann.client.retryNow();
        await ann.joined(`after ${what}`);
        if (wss.clients.size !== 1)
          fail(`When ${what}, the client ended up with ${wss.clients.size} connections. Expected one.`);
      }
      return 'It came back when that could help, gave up when it could not, and had one socket at a time.';
    },
  },
  {
    tried: 'A quiet room, then a line that is dead without telling anybody',
    blames: '4.5',
    async run() {
      const clock = fakeClock();
      const { chaos, person } = await openStage();
      const ann = await person('Ann', ['watchSilence'], { delay: () => 0 });
      ann.client.start();
      await ann.joined('at the start');
      for (let i = 1; i <= 5; i++) {
        const inits = (): number => ann.heard.filter((one) => one === 'init').length;
        const before = inits();
        clock.advance(14_999);
        if (ann.client.state.name !== 'open')
          fail(
            `The room was quiet for ${i} times 15 seconds, the server answers, and the client is "${ann.client.state.name}".`,
          );
        clock.advance(1);
        await ann.until(() => inits() > before, 'an init, which the client asks for after half of the idle time');
      }
      chaos.stall(true);
      clock.advance(15_000);
      clock.advance(15_000);
      if (ann.client.state.name === 'open')
        fail('Nothing was heard for 30 seconds, and the client still believes that it is connected.');
      chaos.stall(false);
      clock.advance(1);
      await ann.joined('after the dead line');
      return 'It asked in the silence, was content with the answers, and noticed the dead line after 30 s.';
    },
  },
  {
    tried: 'close(), twice each, while it is connecting, open, waiting, and after it gave up',
    blames: '4.6',
    async run() {
      const clock = fakeClock();
      const ways: [when: string, act: (ann: Person, stage: Awaited<ReturnType<typeof openStage>>) => Promise<void>][] =
        [
          ['connecting', async (ann, { chaos }) => (chaos.stall(true), ann.client.start())],
          ['open', async (ann) => (ann.client.start(), ann.joined('at the start'))],
          [
            'waiting',
            async (ann, { chaos }) => (chaos.outage(true), ann.client.start(), ann.state('waiting', 'in an outage')),
          ],
          [
            'gave up',
            async (ann, { chaos }) => (
              chaos.outage(true),
              (ann.client.options.maxAttempts = 0),
              ann.client.start(),
              ann.state('gave up', 'in an outage')
            ),
          ],
        ];
      for (const [when, act] of ways) {
        const stage = await openStage();
        const codes: number[] = [];
        let closed = (): void => {};
        stage.wss.on('connection', (socket) => socket.on('close', (code) => (codes.push(code), closed())));
        const ann = await stage.person('Ann', ['close'], { delay: () => 1000 });
        await act(ann, stage);
        ann.states.length = 0;
        const gone = new Promise<void>((resolve) => (closed = resolve));
        ann.client.close();
        ann.client.close();
        stage.chaos.heal();
        clock.advance(25_000);
        if (show(ann.states) !== show(['closed']))
          fail(
            `close() was called while the client was "${when}". It went through ${show(ann.states)}. Expected "closed", once, and nothing after it.`,
          );
        if (when !== 'open') continue;
        await within(gone, 'the end of the connection at the server, after close()', () => 'It is still open.');
        if (codes[0] !== 1000)
          fail(`close() was called while the client was open. The server saw code ${codes[0]}. Expected 1000.`);
      }
      return 'It was closed at once, for good, and the server of the open one saw code 1000.';
    },
  },
  {
    tried: 'The server sends 250 messages, each of them two or three times, before and after a cut',
    blames: '4.7',
    async run() {
      const joins: { after?: string }[] = [];
      const ids = Array.from({ length: 150 }, (_, i) => `id.${(i * 7919) % 1000}`); // opaque: not in any order
      const { wss, url } = await serve((server) =>
        server.on('connection', (socket) =>
          socket.on('message', (data) => {
            joins.push(JSON.parse(String(data)));
            socket.send('{"type":"init","room":"lobby","userId":"ann","onlineUsers":[]}');
            const offset = joins.length === 1 ? 0 : 100;
            for (let i = offset; i < offset + 150; i++)
              for (const n of [i, i - 3, i]) {
                if (n < 0) continue;
                const id = `${joins.length === 1 || n < 150 ? ids[n % 150] : `new.${ids[n - 150]}`}`;
                socket.send(JSON.stringify({ type: 'chat', id, userId: 'bob', name: 'Bob', text: id, timestamp: 0 }));
              }
            socket.send('{"type":"gap"}'); // the end of it
          }),
        ),
      );
      const client = await openClient(['resume'], { url: () => ({ url }), room: 'lobby', delay: () => 0 });
      const heard: string[] = [];
      let wake = (): void => {};
      const end = (): Promise<void> => new Promise((resolve) => (wake = resolve));
      client.on('message', (message) => {
        if (message.type === 'chat') heard.push(message.text);
        if (message.type === 'gap') wake();
      });
      const first = end();
      client.start();
      await first;
      const second = end();
      for (const socket of wss.clients) socket.terminate();
      await second;
      const right = [...ids, ...ids.slice(0, 100).map((id) => `new.${id}`)];
      const twice = heard.find((id, i) => heard.indexOf(id) !== i);
      if (twice !== undefined)
        fail(`The server sent the message ${twice} more than once, and the page got it more than once.`);
      if (show(heard) !== show(right) || heard.length !== right.length)
        fail(`250 different messages were sent, and the page got ${heard.length}.`);
      if (joins[1]?.after !== ids[149])
        fail(
          `After the cut the client asked for what came after ${show(joins[1]?.after)}. Expected ${show(ids[149])}, the newest that it had.`,
        );
      return 'The page got each of them once. After the cut the client asked for what it had not seen.';
    },
  },
];
