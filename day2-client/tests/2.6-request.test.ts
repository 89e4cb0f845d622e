import type { EventEmitter } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { exercise, expect, fail, fakeClock, show, thrownBy, within, without } from '#kit';
import type { Message, Socket } from '#day2/given/base-client.ts';
import { closeAndWait, createClient, inWords, nextEvent, openClient, promised, slowServer } from './helpers/clients.ts';

/** How a request ended. */
type Outcome = { resolved: unknown } | { rejected: unknown };

const outcomeInWords = (outcome: Outcome): string =>
  'rejected' in outcome
    ? `rejected with ${inWords(outcome.rejected)}`
    : `resolved with ${outcome.resolved instanceof Error ? `an Error: ${outcome.resolved.message}` : show(outcome.resolved)}`;

exercise('2.6 RealtimeClient.request', (check) => {
  const OWN_CONNECTION =
    'request() opened a connection. If the client is not connected, it should reject: connecting is the decision of the caller.';

  /** A connected client, and a server that answers only when the check tells it to. */
  async function start() {
    const clock = fakeClock();
    const made = await openClient();
    const dispatched: unknown[] = [];
    made.client.dispatch = (data) => void dispatched.push(data);
    const outcomes: Outcome[] = [];
    const { socket } = made.client;
    const request = (message: Message, timeoutMs?: number): Promise<unknown> => {
      const asked = promised(made.client.request(message, timeoutMs), 'request()').then(
        (resolved: unknown) => outcomes.push({ resolved }),
        (rejected: unknown) => outcomes.push({ rejected }),
      );
      if (made.client.socket !== socket) fail(OWN_CONNECTION);
      return asked;
    };
    /** Resolves with the requests at the server, when everything that was sent has arrived. */
    const requestsAtServer = async (): Promise<Message[]> => {
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
      if (requests.length === 0)
        fail(
          outcomes.length > 0
            ? `request() ${outcomeInWords(outcomes[0])} before it sent anything.`
            : 'request() sent nothing. this.send(message) sends it.',
        );
      return requests;
    };
    /** Sends messages to the client, and waits until the client has handled them. */
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
    return { ...made, clock, request, outcomes, requestsAtServer, answer, dispatched };
  }

  check('resolves with the reply that has its requestId', async () => {
    const { client, request, outcomes, requestsAtServer, answer, dispatched, sent: log } = await start();
    const message = { type: 'time' };
    const listeners = (): number =>
      ['open', 'error', 'close'].reduce(
        (sum, name) => sum + (client.socket as unknown as EventEmitter).listenerCount(name),
        0,
      );
    const before = listeners();
    void request(message);
    const [sent, ...more] = await requestsAtServer();
    if (typeof sent.requestId !== 'string')
      fail(
        `request({ type: "time" }) sent ${show(sent)}. Its requestId should be a string: the server copies it into the reply.`,
      );
    expect({ ...sent, requestId: '…', more: more.length }, 'request({ type: "time" }) sent a wrong message.').toEqual({
      type: 'time',
      requestId: '…',
      more: 0,
    });
    expect(
      message,
      'request() changed the message that was passed in. Send a copy: { ...message, requestId }.',
    ).toEqual({ type: 'time' });
    if (outcomes.length > 0)
      fail(
        `The server has the request, and has sent no reply yet, but request() ${outcomeInWords(outcomes[0])}. Return a promise that settles later.`,
      );
    if (client.waiting.size === 0)
      fail(
        'The server has the request, but this.waiting is empty, so the given code finds nobody to give the reply to. Either no entry was put there, or it was deleted too early: in an async function, `finally` runs at once after `return promise`, so write `return await promise`.',
        { hint: 2 },
      );
    if (!client.waiting.has(sent.requestId as string))
      fail(
        `The request was sent with the requestId ${show(sent.requestId)}, but its entry in this.waiting has the key ${show([...client.waiting.keys()][0])}. Use the requestId as the key.`,
      );

    await answer({ type: 'news' }, { type: 'time', requestId: 'another' });
    if (outcomes.length > 0)
      fail(
        `Two messages arrived, a "news" and a "time" with another requestId, and request() ${outcomeInWords(outcomes[0])}. Only the reply with the same requestId counts.`,
      );
    await answer({ type: 'time', requestId: sent.requestId, now: 7 });
    expect(outcomes, 'The reply arrived. Wrong outcome of request().').toEqual([
      { resolved: { type: 'time', requestId: sent.requestId, now: 7 } },
    ]);
    expect(client.waiting.size, 'The reply arrived. Wrong number of entries left in this.waiting.').toBe(0);
    expect(
      dispatched.length,
      'Two other messages arrived before the reply, and two markers of this check. Wrong number of messages dispatched: the reply itself goes only to the request.',
    ).toBe(4);
    expect(
      log.length,
      "request() sent one message. Wrong number of messages in the page's log. this.send(message) adds to it, this.socket.send(text) does not.",
    ).toBe(1);
    expect(
      listeners() - before,
      'The request is over. Wrong number of listeners that it left on the socket. They stay in memory for as long as the connection is open.',
    ).toBe(0);
  });
  check('keeps two requests apart', async () => {
    const { request, requestsAtServer, answer, outcomes } = await start();
    void request({ type: 'time', n: 1 });
    void request({ type: 'time', n: 2 });
    const [a, b] = await requestsAtServer();
    if (a.requestId === b.requestId)
      fail(
        `Two requests were sent with the same requestId, ${show(a.requestId)}. Nobody can tell their replies apart: each needs an id of its own.`,
      );

    await answer({ type: 'time', requestId: b.requestId, n: 2 });
    void request({ type: 'time', n: 3 });
    const [, , c] = await requestsAtServer();
    if ([a.requestId, b.requestId].includes(c.requestId))
      fail(
        `Two requests had the ids ${show(a.requestId)} and ${show(b.requestId)}. The second was answered, and a third one got the id ${show(c.requestId)} again. A late reply would go to the wrong request: this.requests only counts up.`,
      );
    await answer({ type: 'time', requestId: a.requestId, n: 1 }, { type: 'time', requestId: c.requestId, n: 3 });
    expect(
      outcomes.map((outcome) => ('resolved' in outcome ? (outcome.resolved as Message).n : outcomeInWords(outcome))),
      'Three requests, with n from 1 to 3, were answered in the order 2, 1, 3. Wrong replies, or in a wrong order.',
    ).toEqual([2, 1, 3]);
  });
  check(
    'rejects after timeoutMs without a reply',
    async () => {
      const { client, request, clock, outcomes, requestsAtServer, answer } = await start();
      void request({ type: 'time' }, 3_000);
      await requestsAtServer();
      const timers = clock.timers();
      clock.advance(2_999);
      await answer();
      if (outcomes.length > 0)
        fail(`request(message, 3000) got no reply. It ${outcomeInWords(outcomes[0])} before 3,000 ms had passed.`);

      clock.advance(1);
      await answer();
      const [outcome] = outcomes;
      if (!outcome)
        fail(
          `request(message, 3000) got no reply, and after 3,000 ms it was still pending. It should reject with an Error.${timers === 0 ? ' No timer was running. Use setTimeout: its clock is the one that this check controls.' : ''}`,
        );
      if (!('rejected' in outcome) || !(outcome.rejected instanceof Error))
        fail(
          `request(message, 3000) got no reply, and after 3,000 ms it ${outcomeInWords(outcome)}. It should reject with an Error.`,
        );
      expect(
        client.waiting.size,
        'The request has timed out. Wrong number of entries left in this.waiting. Each of them is memory that is never freed.',
      ).toBe(0);
      expect(
        client.socket?.readyState,
        'One request has timed out. Wrong readyState, 1 is OPEN: others still use this connection.',
      ).toBe(1);
      expect(
        (await requestsAtServer()).length,
        'One request has timed out. Wrong number of messages at the server: a request is sent once.',
      ).toBe(1);
    },
    { hint: 2 },
  );
  check(
    'the time-out of one request changes nothing for another',
    async () => {
      const { request, clock, requestsAtServer, answer, outcomes } = await start();
      void request({ type: 'time' }, 1_000);
      void request({ type: 'time' }, 9_000);
      const [, { requestId }] = await requestsAtServer();
      clock.advance(1_000);
      await answer();
      expect(
        outcomes.length,
        'Two requests were waiting, one for 1,000 ms and one for 9,000. 1,000 ms have passed. Wrong number of requests that have settled.',
      ).toBe(1);

      await answer({ type: 'time', requestId });
      expect(
        outcomes.slice(1),
        'Two requests were waiting. The first one timed out; then the reply to the second one arrived. Wrong outcome of the second one: a request may remove only its own entry from this.waiting.',
      ).toEqual([{ resolved: { type: 'time', requestId } }]);
    },
    { hint: 2 },
  );
  check('never uses an id twice', async () => {
    const { request, requestsAtServer, answer } = await start();
    for (let i = 0; i < 7; i++) void request({ type: 'time' });
    const ids = (await requestsAtServer()).map(({ requestId }) => requestId);
    expect(
      new Set(ids).size,
      `Seven requests were sent one after the other, with the ids ${show(ids)}. Wrong number of different ids.`,
    ).toBe(7);
    await answer(...ids.map((requestId) => ({ type: 'time', requestId })));
  });
  check(
    'waits for 5,000 ms by default',
    async () => {
      const { request, clock, outcomes, requestsAtServer, answer } = await start();
      void request({ type: 'time' });
      await requestsAtServer();
      clock.advance(4_999);
      await answer();
      expect(
        outcomes.map(outcomeInWords),
        'request(message) without timeoutMs waits for 5,000 ms. Wrong outcomes after 4,999 ms.',
      ).toEqual([]);
      clock.advance(1);
      await answer();
      expect(
        outcomes.length,
        'request(message) without timeoutMs waits for 5,000 ms. Wrong number of outcomes by then.',
      ).toBe(1);
    },
    { hint: 2 },
  );
  check(
    'rejects when the connection closes',
    async () => {
      const { client, peer, request, outcomes, requestsAtServer } = await start();
      const settled = Promise.all([request({ type: 'a' }), request({ type: 'b' })]);
      await requestsAtServer();
      const closed = nextEvent(client.socket as Socket, 'close');
      peer.close(1012);
      await within(closed, 'the end of the connection', () => '');
      await within(
        settled,
        'the rejections after the connection closed',
        () => `${outcomes.length} of 2 requests have settled.`,
      );
      const wrong = outcomes.find((outcome) => !('rejected' in outcome) || !(outcome.rejected instanceof Error));
      if (wrong)
        fail(
          `Two requests were waiting when the connection closed. One ${outcomeInWords(wrong)}. Both should reject with an Error.`,
        );
      expect(
        client.waiting.size,
        'The connection closed, and the requests rejected. Wrong number of entries left in this.waiting.',
      ).toBe(0);
      // The fake clock fails the check if a timer is left at its end.
    },
    { hint: 2 },
  );

  /** A client without an open connection. `finish` looks at what happens afterwards. */
  type Start = () => Promise<{
    client: Awaited<ReturnType<typeof createClient>>['client'];
    finish?: () => Promise<void>;
  }>;
  const whileConnecting: Start = async () => {
    const { url, wss, letIn } = await slowServer();
    const heard: string[] = [];
    wss.on('connection', (socket) => socket.on('message', (data) => heard.push(String(data))));
    const { client } = await createClient(url);
    const socket = client.openSocket();
    const finish = async (): Promise<void> => {
      const opened = nextEvent(socket, 'open');
      letIn();
      await within(opened, 'the open connection', () => '');
      await closeAndWait(socket);
      expect(
        heard,
        'request() rejected while CONNECTING, but sent its message later after all. Wrong messages at the server.',
      ).toEqual([]);
    };
    return { client, finish };
  };
  const whenClosed: Start = async () => {
    const { client } = await openClient();
    await closeAndWait(client.socket as Socket);
    return { client };
  };
  const starts: [string, Start][] = [
    ['before any connection', () => createClient('ws://127.0.0.1')],
    ['while CONNECTING', whileConnecting],
    ['when CLOSED', whenClosed],
  ];
  for (const [when, startWith] of starts) {
    check(
      `rejects at once ${when}`,
      async () => {
        const clock = fakeClock();
        const { client, finish } = await startWith();
        const { socket } = client;
        let asked: Promise<Message> | undefined;
        const thrown = thrownBy(() => (asked = client.request({ type: 'time' })));
        if (thrown !== undefined)
          fail(`request() ${when} threw ${inWords(thrown)}. It should return a promise that rejects.`);
        let outcome: Outcome | undefined;
        promised(asked as Promise<Message>, 'request()').then(
          (resolved: unknown) => (outcome = { resolved }),
          (rejected: unknown) => (outcome = { rejected }),
        );
        await turn();
        if (client.socket !== socket) fail(OWN_CONNECTION);
        if (!outcome)
          fail(
            `request() ${when} is still pending. Nothing can be sent then, and send() returned false: reject with an Error at once.`,
          );
        if (!('rejected' in outcome) || !(outcome.rejected instanceof Error))
          fail(`request() ${when} ${outcomeInWords(outcome)}. It should reject with an Error.`);
        expect(
          [client.waiting.size, clock.timers()],
          `request() ${when} has rejected. Wrong number of entries left in this.waiting, or of timers still running.`,
        ).toEqual([0, 0]);
        await finish?.();
      },
      { hint: 2 },
    );
  }
  check('accepts a reply of any type', async () => {
    const { request, outcomes, requestsAtServer, answer } = await start();
    void request({ type: 'time' });
    const [{ requestId }] = await requestsAtServer();
    await answer({ type: 'error', requestId, text: 'no clock' });
    expect(
      outcomes.map((outcome) => ('resolved' in outcome ? outcome.resolved : outcomeInWords(outcome))),
      'The server answered with type "error" and the right requestId. That is the reply, and the caller decides what it means. Wrong outcome of request().',
    ).toEqual([{ type: 'error', requestId, text: 'no clock' }]);
  });
  check('dispatches a reply that comes after the time-out', async () => {
    const { request, clock, requestsAtServer, answer, outcomes, dispatched } = await start();
    void request({ type: 'time' }, 100);
    const [{ requestId }] = await requestsAtServer();
    clock.advance(100);
    await turn();
    void request({ type: 'time' }, 100);
    const [, { requestId: next }] = await requestsAtServer();

    await answer({ type: 'time', requestId });
    expect(
      outcomes.length,
      `A request timed out, and a second one was sent; their ids are ${show(requestId)} and ${show(next)}. Then the reply to the first one arrived. Wrong number of outcomes: it must not settle the second request.`,
    ).toBe(1);
    expect(dispatched[0], 'The reply came after the time-out. It should be dispatched like any message.').toBe(
      JSON.stringify({ type: 'time', requestId }),
    );
    await answer({ type: 'time', requestId: next });
  });
  check('uses its own id, even if the message has one', async () => {
    const { request, outcomes, requestsAtServer, answer } = await start();
    void request({ type: 'time', requestId: 'theirs' });
    const [{ requestId }] = await requestsAtServer();
    if (requestId === 'theirs')
      fail(
        'request({ type: "time", requestId: "theirs" }) sent the id "theirs": the message overwrote the new one. The later one wins, so write { ...message, requestId }.',
      );
    await answer({ type: 'time', requestId });
    expect(outcomes, 'The reply arrived. Wrong outcome of request().').toEqual([
      { resolved: { type: 'time', requestId } },
    ]);
  });
  check(
    'takes a time-out of 0 as 0',
    async () => {
      const { request, clock, outcomes, requestsAtServer, answer } = await start();
      void request({ type: 'time' }, 0);
      await requestsAtServer();
      clock.advance(1);
      await answer();
      if (outcomes.length === 0)
        fail(
          'request(message, 0) got no reply, and was still pending after 1 ms. 0 is a time-out, too: `timeoutMs || 5000` would ignore it.',
        );
      expect(
        outcomes.map((outcome) => 'rejected' in outcome && outcome.rejected instanceof Error),
        'request(message, 0) got no reply. Wrong outcome: it should reject with an Error.',
      ).toEqual([true]);
    },
    { hint: 2 },
  );
  check('works on a page without https', async () => {
    const { request, requestsAtServer, answer, outcomes } = await start();
    const thrown = without(crypto, 'randomUUID', () => thrownBy(() => void request({ type: 'time' })));
    await turn(); // a rejection has come by now
    const [first] = outcomes;
    const failed = thrown ?? (first && 'rejected' in first ? first.rejected : undefined);
    if (failed instanceof TypeError && failed.message.includes('randomUUID'))
      fail(
        'request() used crypto.randomUUID. A browser has it only on https pages and on localhost, so it is missing if another machine opens your page (`lan`). Count instead: String(++this.requests).',
      );
    if (thrown !== undefined) throw thrown;
    const [{ requestId }] = await requestsAtServer();
    await answer({ type: 'time', requestId });
    expect(outcomes.length, 'The reply arrived. Wrong number of outcomes of request().').toBe(1);
  });
});
