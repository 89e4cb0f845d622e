import { setImmediate as turn } from 'node:timers/promises';
import type { WebSocket } from 'ws';
import { connect, exercise, fail, fakeClock, frame, load, rawConnect, serve, show, thrownBy, within } from '#kit';
import { malformedCases } from './helpers/echo-cases.ts';
import { printed } from './helpers/printed.ts';
import { startEcho } from './helpers/start-echo.ts';

exercise('1.6 survive', (check) => {
  check(
    "listens for 'error' on the socket before it returns",
    async () => {
      const { survive } = await load(() => import('#day1/echo.ts'), 'survive');
      let failure: (() => void) | undefined;
      const { url, wss } = await serve((server) => server.on('connection', (socket) => (failure = judge(socket))));
      /** Calls survive, then lets an 'error' happen on the socket, as ws does. What goes wrong is told outside of the event. */
      function judge(socket: WebSocket): (() => void) | undefined {
        const before = { close: socket.listenerCount('close'), message: socket.listenerCount('message') };
        const caught = process.listenerCount('uncaughtException');
        const onServer = wss.listenerCount('error');
        const thrown = thrownBy(() => survive(socket));
        if (thrown !== undefined)
          return () =>
            fail(
              `survive(socket) threw ${show(String(thrown))}.${(thrown as { code?: string }).code === 'ERR_INVALID_ARG_TYPE' ? ' Pass a function as the listener, and do not call it: (error) => …' : ''}`,
              { hint: 3 },
            );
        const listeners = socket.listenerCount('error');
        const error = new RangeError('Invalid WebSocket frame: MASK must be set');
        const again = thrownBy(() => socket.emit('error', error));
        if (again === undefined) return;
        if (listeners > 0)
          return () =>
            fail(
              `Your 'error' listener threw ${show(String(again))}. Nobody catches that: the server would be down now. Report the error, and don't throw.`,
              { hint: 1 },
            );
        const [cause, hint] =
          process.listenerCount('uncaughtException') > caught
            ? ['You listen to the whole process, for uncaughtException. Listen to this socket instead.', 2]
            : wss.listenerCount('error') > onServer
              ? ["You listen to the server's 'error'. Errors of one connection are emitted on its own socket.", 2]
              : socket.listenerCount('close') > before.close
                ? ["You listen for 'close'. That comes after 'error', and doesn't replace it.", 1]
                : socket.listenerCount('message') > before.message
                  ? ["You listen for 'message'. A broken frame isn't a message; it is an 'error'.", 2]
                  : [undefined, 1];
        return () => {
          const isLate = socket.listenerCount('error') > 0;
          const guess = isLate
            ? 'A listener was attached later, for example after an await or in a timer. That is too late.'
            : "Call socket.on with the event 'error', in lower case.";
          fail(
            `survive(socket) returned, and nobody listens for 'error' on this socket. The server would be down at the first broken frame. ${cause ?? guess}`,
            { hint: hint as number },
          );
        };
      }
      await connect(url);
      failure?.();
    },
    { hint: 1 },
  );
  malformedCases(check, startEcho);
  check('keeps the other connections when one sends more than maxPayload', async () => {
    const { url } = await startEcho();
    const [healthy, greedy] = [await connect(url), await connect(url)];
    greedy.send(new Uint8Array(1024 * 1024 + 1));
    const { code } = await greedy.closed('the end of the connection that sent too much');
    if (code !== 1009)
      fail(
        `A client sent more than maxPayload, and its connection was closed with code ${code}. Expected 1009, message too big: ws sends it by itself, if nobody closes the connection first.`,
      );
    await healthy.fence('still there?');
  });
  check('survives a broken frame that arrives together with the handshake', async () => {
    const { url, port } = await startEcho();
    const healthy = await connect(url);
    const peer = await rawConnect(port, { behind: frame(1, 'Hi', { masked: false }) });
    await peer.takeFrame('the greeting');
    await peer.endOrBytes('the close frame, or the end of the connection');
    await healthy.fence('still there?');
  });
  check('survives a broken frame after a good one, and lets that connection end', async () => {
    const { url, port, wss } = await startEcho();
    const healthy = await connect(url);
    const peer = await rawConnect(port);
    const gone = new Promise<void>((resolve) => [...wss.clients][1].on('close', resolve));
    await peer.takeFrame('the greeting');
    peer.write(frame(1, 'Hi'));
    await peer.takeFrame('the echo');
    peer.write(frame(1, 'Hi', { masked: false }));
    await peer.endOrBytes('the close frame, or the end of the connection');
    peer.socket.end();
    await within(
      gone,
      "the event 'close' of the connection that broke the protocol, on the server",
      () => 'Were its listeners removed?',
    );
    await healthy.fence('still there?');
    if (wss.clients.size !== 1)
      fail(`wss.clients has ${wss.clients.size} connections. Expected one, the healthy one: the other one has ended.`);
  });
  check(
    'reports the error on the console',
    async () => {
      const { survive } = await load(() => import('#day1/echo.ts'), 'survive');
      const clock = fakeClock();
      const error = Object.assign(new RangeError('Invalid WebSocket frame: MASK must be set'), { code: 'NO_MASK' });
      const { url, wss } = await serve((server) => server.on('connection', () => {}));
      await connect(url);
      const [socket] = wss.clients;
      survive(socket);
      const text = await printed(async () => {
        socket.emit('error', error);
        await turn();
        clock.advance(1000); // a report may come a little later
      });
      if (!text.includes(error.message) && !text.includes(error.code))
        fail(
          `The socket emitted an 'error' with the message ${show(error.message)}. ${text === '' ? 'Nothing was printed' : `What was printed is ${show(text.trim())}`}. Print the error's message, for example with console.error, so that somebody can find out why the connection ended.`,
          { hint: 1 },
        );
    },
    { hint: 1 },
  );
});
