import { WebSocketServer } from 'ws';
import { replyTo } from '#day2/given/server-replies.ts';
import { listen, pageServer, readFlags } from '#tools/serve.ts';

const flags = readFlags();
const server = pageServer(import.meta.url);
const wss = new WebSocketServer({ server, maxPayload: 64 * 1024 }); // bytes

wss.on('connection', (socket) => {
  socket.on('error', (error) => console.error(`Connection closed: ${error.message}`));
  socket.on('message', (data) => replyTo(socket, String(data)));
  socket.send(JSON.stringify({ type: 'welcome', text: 'Ask me for the time, or tell me to misbehave.' }));
});

await listen(server, { name: 'Day 2', flags });
