import { WebSocketServer } from 'ws';
import { listen, readFlags } from '#tools/serve.ts';
import { echo } from '#day1/echo.ts';
import { inspectedServer } from '#day1/given/inspector/inspected-server.ts';
import { startHeartbeat } from '#day1/heartbeat.ts';

const flags = readFlags(['broadcast'], 8080, { heartbeat: 30 }); // the heartbeat's interval, in seconds

// One port for all: a request for an upgrade goes to ws, every other request gets the page, which shows the bytes that travel.
const server = inspectedServer(import.meta.url, { heartbeat: flags.heartbeat });
const wss = new WebSocketServer({ server, maxPayload: 1024 * 1024 }); // bytes; by default, ws accepts 100 MiB

wss.on('connection', echo);
startHeartbeat(wss, flags.heartbeat * 1000);

if (flags.broadcast) {
  const { broadcast } = await import('#day1/bonus/broadcast.ts');
  wss.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => {
      if (!isBinary) broadcast(wss.clients, String(data));
    });
  });
}

await listen(server, { name: 'Echo server', flags });
