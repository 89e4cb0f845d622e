import { WebSocketServer } from 'ws';
import { listen, pageServer, readFlags } from '#tools/serve.ts';
import { echo } from '#day1/echo.ts';
import { startHeartbeat } from '#day1/heartbeat.ts';

const flags = readFlags(['broadcast']);

// One port for both: a request for an upgrade goes to ws, every other request gets the page.
const server = pageServer(import.meta.url);
const wss = new WebSocketServer({ server, maxPayload: 1024 * 1024 }); // bytes; by default, ws accepts 100 MiB

wss.on('connection', echo);
startHeartbeat(wss, 30_000);

if (flags.broadcast) {
  const { broadcast } = await import('#day1/bonus/broadcast.ts');
  wss.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => {
      if (!isBinary) broadcast(wss.clients, String(data));
    });
  });
}

await listen(server, { name: 'Echo server', flags });
