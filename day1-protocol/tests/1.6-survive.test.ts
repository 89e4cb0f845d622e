import { connect, exercise, expect, frame, rawConnect, within } from '#kit';
import { malformedCases } from './helpers/echo-cases.ts';
import { startEcho } from './helpers/start-echo.ts';

exercise('1.6 echo: survive', (check) => {
  malformedCases(check, startEcho);
  check('a message over maxPayload closes that connection, and no other', async () => {
    const { url } = await startEcho();
    const [healthy, greedy] = [await connect(url), await connect(url)];
    greedy.send(new Uint8Array(1024 * 1024 + 1));
    const { code } = await greedy.closed('the end of the connection that sent too much');
    expect(code, 'The one that sent too much is told so by code 1009.').toBe(1009);
    await healthy.fence('still there?');
  });
  check('a bad frame that comes together with the handshake', async () => {
    const { url, port } = await startEcho();
    const healthy = await connect(url);
    const peer = await rawConnect(port, { behind: frame(1, 'Hi', { masked: false }) });
    await peer.takeFrame('the greeting');
    await peer.endOrBytes('the close frame, or the end of the connection');
    await healthy.fence('still there?');
  });
  check('a bad frame after a good one, and nothing of that connection is left', async () => {
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
      () => 'Are its listeners removed?',
    );
    await healthy.fence('still there?');
    expect(wss.clients.size, 'Wrong number of connections in wss.clients: the healthy one should be left.').toBe(1);
  });
});
