import type { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, fakeClock, show, thrownBy, within, without } from '#kit';
import type { Message, Socket } from '#day2/given/base-client.ts';
import { make, slowServer, promised, told, event, closeAndWait, open } from './helpers/clients.ts';

exercise('2.6 RealtimeClient.request', (check) => {
  const SECOND =
    'request() opened a connection of its own. It asks on the one that is there; where there is none, it rejects: not connected is an answer.';
  /** A client, and a server that answers only when told to. */
  async function asking() {
    const clock = fakeClock();
    const made = await open();
    const dispatched: unknown[] = [];
    made.client.dispatch = (data) => void dispatched.push(data);
    const outcomes: unknown[] = [];
    const { socket } = made.client;
    const request = (message: Message, timeoutMs?: number): Promise<unknown> => {
      const asked = promised(made.client.request(message, timeoutMs), 'request()').then(
        (reply) => outcomes.push(reply),
        (error: unknown) => outcomes.push(error),
      );
      if (made.client.socket !== socket) fail(SECOND);
      return asked;
    };
    /** What the server has heard, once it has heard all that was sent. */
    const asked = async (): Promise<Message[]> => {
      made.client.socket?.send('fence');
      await within(
        new Promise<void>((resolve) =>
          made.peer.once('message', function heard(data) {
            if (String(data) === 'fence') resolve();
            else made.peer.once('message', heard);
          }),
        ),
        'the requests at the server',
        () => '',
      );
      const requests = made.heard.filter((text) => text !== 'fence').map((text) => JSON.parse(text) as Message);
      if (requests.length === 0 && outcomes.length > 0)
        fail(
          `request() ${outcomes[0] instanceof Error ? `rejected before anything was sent: ${told(outcomes[0])}` : `resolved before anything was sent, with ${show(outcomes[0])}`}`,
        );
      return requests;
    };
    /** Sends to the client, and waits until the client has dealt with it. */
    const answer = async (...messages: object[]): Promise<void> => {
      for (const message of messages) made.peer.send(JSON.stringify(message));
      made.peer.send('{"type":"fence"}');
      await within(
        new Promise<void>((resolve) =>
          made.client.socket?.addEventListener('message', ({ data }) => data === '{"type":"fence"}' && resolve()),
        ),
        'the answers at the client',
        () => '',
      );
    };
    return { ...made, clock, request, outcomes, asked, answer, dispatched };
  }

  check('the reply with its requestId, whatever comes between', async () => {
    const { client, request, outcomes, asked, answer, dispatched, sent: log } = await asking();
    const message = { type: 'time' };
    const listeners = (): number =>
      ['open', 'error', 'close'].reduce(
        (sum, name) => sum + (client.socket as unknown as EventEmitter).listenerCount(name),
        0,
      );
    const before = listeners();
    void request(message);
    const [sent, ...more] = await asked();
    expect({ ...sent, requestId: typeof sent?.requestId, more: more.length }, 'Wrong message at the server.').toEqual({
      type: 'time',
      requestId: 'string',
      more: 0,
    });
    expect(message, 'The message that was passed in was changed.').toEqual({ type: 'time' });
    if (client.waiting.size === 0)
      fail(
        'The entry had left `waiting` before the reply came, or was never put there. In an async function `finally` runs at once after `return promise`: write `return await`.',
        { hint: 2 },
      );
    await answer(
      { type: 'news' },
      { type: 'time', requestId: 'another' },
      { type: 'time', requestId: sent.requestId, now: 7 },
    );
    expect(outcomes, 'Wrong outcome of the request.').toEqual([{ type: 'time', requestId: sent.requestId, now: 7 }]);
    expect(client.waiting.size, 'The reply has come. Wrong number of requests still waiting.').toBe(0);
    expect(
      dispatched.length,
      'Before the reply came two other messages, and one behind it. Wrong number of messages dispatched: the reply goes to who asked, and to nobody else.',
    ).toBe(3);
    expect(
      log.length,
      'One request went out. Wrong number of messages in the log, onTraffic: this.send(message) tells it, this.socket.send(text) does not.',
    ).toBe(1);
    expect(
      listeners() - before,
      'The request is over. Wrong number of listeners that it left on the socket: each that stays is memory, for as long as the connection is open.',
    ).toBe(0);
  });
  check('a reply of any type', async () => {
    const { request, outcomes, asked, answer } = await asking();
    void request({ type: 'time' });
    const [{ requestId }] = await asked();
    await answer({ type: 'error', requestId, text: 'no clock' });
    expect(
      outcomes.map((outcome) => (outcome instanceof Error ? told(outcome) : outcome)),
      'The server answered with an "error" that bears the requestId: that is the reply, and what it means is for the caller to say. Wrong outcome of the request.',
    ).toEqual([{ type: 'error', requestId, text: 'no clock' }]);
  });
  check('an id of its own, also for a message that brings one', async () => {
    const { request, outcomes, asked, answer } = await asking();
    void request({ type: 'time', requestId: 'theirs' });
    const [{ requestId }] = await asked();
    if (requestId === 'theirs')
      fail(
        'request({ type: "time", requestId: "theirs" }) sent "theirs": the message overwrote your id. Yours goes last: { ...message, requestId }.',
      );
    await answer({ type: 'time', requestId });
    expect(outcomes, 'Wrong outcome of the request.').toEqual([{ type: 'time', requestId }]);
  });
  check('with what a page over http has', async () => {
    const { request, asked, answer, outcomes } = await asking();
    const thrown = without(crypto, 'randomUUID', () => thrownBy(() => void request({ type: 'time' })));
    await turn(); // a rejection comes at once
    const failed = thrown ?? outcomes[0];
    if (failed instanceof TypeError && failed.message.includes('randomUUID'))
      fail(
        'crypto.randomUUID is there only on https and on localhost: a page that is opened from another machine (--lan) has none. this.requests counts: String(++this.requests).',
      );
    if (thrown !== undefined) throw thrown;
    const [{ requestId }] = await asked();
    await answer({ type: 'time', requestId });
    expect(outcomes.length, 'Wrong number of replies.').toBe(1);
  });
  check('two at a time, answered in the other order', async () => {
    const { request, asked, answer, outcomes } = await asking();
    void request({ type: 'time', n: 1 });
    void request({ type: 'time', n: 2 });
    const [a, b] = await asked();
    if (a.requestId === b.requestId)
      fail(`Two requests with the same requestId, ${show(a.requestId)}: their replies cannot be told apart.`);
    await answer({ type: 'time', requestId: b.requestId, n: 2 });
    void request({ type: 'time', n: 3 });
    const [, , c] = await asked();
    if ([a.requestId, b.requestId].includes(c.requestId))
      fail(
        `Three requests, with the ids ${show(a.requestId)}, ${show(b.requestId)} and, when the second was answered, ${show(c.requestId)} again: a reply that comes late would be taken for another one. this.requests only counts up.`,
      );
    await answer({ type: 'time', requestId: a.requestId, n: 1 }, { type: 'time', requestId: c.requestId, n: 3 });
    expect(
      outcomes.map((outcome) => (outcome instanceof Error ? told(outcome) : (outcome as Message).n)),
      'Three requests, the second answered first. Wrong outcomes, or in the wrong order.',
    ).toEqual([2, 1, 3]);
  });
  check(
    'no reply: it rejects after the time-out, and not before',
    async () => {
      const { client, request, clock, outcomes, asked, answer } = await asking();
      void request({ type: 'time' }, 3_000);
      await asked();
      const timers = clock.timers();
      clock.advance(2_999);
      await answer();
      expect(outcomes.length, 'The request was settled before its 3,000 ms were over.').toBe(0);
      clock.advance(1);
      await answer();
      if (!(outcomes[0] instanceof Error)) {
        const was = outcomes.length === 0 ? 'it was still pending' : `the request gave ${show(outcomes[0])}`;
        fail(
          `After 3,000 ms without a reply ${was}; a rejection with an Error was expected.${timers === 0 ? ' (No timer was running. Use setTimeout: the check moves its clock, and no other.)' : ''}`,
        );
      }
      expect(
        client.waiting.size,
        'The request has given up. Wrong number of requests still waiting: each that stays is memory that is never freed.',
      ).toBe(0);
      expect(
        client.socket?.readyState,
        'One reply did not come. Wrong readyState after the time-out, 1 is OPEN: the connection is there for others, too.',
      ).toBe(1);
      expect(
        (await asked()).length,
        'Wrong number of messages at the server after the time-out: the request goes out once.',
      ).toBe(1);
    },
    { hint: 2 },
  );
  check(
    'without a time of its own it waits for 5,000 ms',
    async () => {
      const { request, clock, outcomes, asked, answer } = await asking();
      void request({ type: 'time' });
      await asked();
      clock.advance(4_999);
      await answer();
      expect(outcomes.length, 'A request without timeoutMs was settled before 5,000 ms were over.').toBe(0);
      clock.advance(1);
      await answer();
      expect(outcomes.length, 'A request without timeoutMs was still pending after 5,000 ms.').toBe(1);
    },
    { hint: 2 },
  );
  check('a reply after the time-out is a message like any other', async () => {
    const { request, clock, asked, answer, outcomes, dispatched } = await asking();
    void request({ type: 'time' }, 100);
    const [{ requestId }] = await asked();
    clock.advance(100);
    await turn();
    void request({ type: 'time' }, 100);
    const [, { requestId: next }] = await asked();
    await answer({ type: 'time', requestId });
    expect(
      outcomes.length,
      `A request got no reply in time, and another one was sent, with the ids ${show(requestId)} and ${show(next)}. Then the first reply came. Wrong number of outcomes: one, the time-out.`,
    ).toBe(1);
    expect(dispatched[0], 'The late reply was to be dispatched.').toBe(JSON.stringify({ type: 'time', requestId }));
    await answer({ type: 'time', requestId: next });
  });
  check(
    'the connection closes: all that wait reject, and no timer stays',
    async () => {
      const { client, peer, request, outcomes, asked } = await asking();
      const settled = Promise.all([request({ type: 'a' }), request({ type: 'b' })]);
      await asked();
      const closed = event(client.socket as Socket, 'close');
      peer.close(1012);
      await within(closed, 'the end of the connection', () => '');
      await within(
        settled,
        'the rejections after the connection closed',
        () => `${outcomes.length} of 2 requests are settled.`,
      );
      if (!outcomes.every((outcome) => outcome instanceof Error))
        fail(`The connection closed, and the requests gave ${show(outcomes)}; two Errors were expected.`);
      expect(client.waiting.size, 'Wrong number of requests waiting after the connection closed.').toBe(0);
      // A timer that is left is found when everything is closed.
    },
    { hint: 2 },
  );
  /** A client without an open connection. `finish` looks at what came of it. */
  type Start = () => Promise<{ client: Awaited<ReturnType<typeof make>>['client']; finish?: () => Promise<void> }>;
  const whileConnecting: Start = async () => {
    const { url, wss, letIn } = await slowServer();
    const heard: string[] = [];
    wss.on('connection', (socket) => socket.on('message', (data) => heard.push(String(data))));
    const { client } = await make(url);
    const socket = client.openSocket();
    const finish = async (): Promise<void> => {
      const opened = event(socket, 'open');
      letIn();
      await within(opened, 'the open connection', () => '');
      await closeAndWait(socket);
      expect(
        heard,
        'request() rejected while CONNECTING, and its message was sent later all the same. Wrong messages at the server.',
      ).toEqual([]);
    };
    return { client, finish };
  };
  const whenClosed: Start = async () => {
    const { client } = await open();
    await closeAndWait(client.socket as Socket);
    return { client };
  };
  const starts: [string, Start][] = [
    ['before any connection', () => make('ws://127.0.0.1')],
    ['while CONNECTING', whileConnecting],
    ['when CLOSED', whenClosed],
  ];
  for (const [when, start] of starts) {
    check(`not connected, ${when}: it rejects at once`, async () => {
      const clock = fakeClock();
      const { client, finish } = await start();
      const { socket } = client;
      let asked: Promise<Message> | undefined;
      const thrown = thrownBy(() => (asked = client.request({ type: 'time' })));
      if (thrown !== undefined)
        fail(`request() threw ${told(thrown)}; a rejection was expected: callers wait for the promise.`);
      let outcome: unknown = 'it is still pending, though send() says false';
      promised(asked as Promise<Message>, 'request()').then(
        (reply) => (outcome = `it resolved with ${told(reply)}`),
        (error: unknown) => (outcome = error instanceof Error ? error : `it rejected with ${show(error)}`),
      );
      await turn();
      if (client.socket !== socket) fail(SECOND);
      if (!(outcome instanceof Error))
        fail(`request() ${when}: ${outcome}. A rejection with an Error was expected at once.`);
      expect(
        [client.waiting.size, clock.timers()],
        'Wrong number of requests waiting, and of timers running, after it rejected.',
      ).toEqual([0, 0]);
      await finish?.();
    });
  }
});
