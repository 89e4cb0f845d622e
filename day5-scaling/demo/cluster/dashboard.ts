import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';
import { pageServer } from '#tools/serve.ts';
import { allowedOrigin } from '#solutions/day3-chat/auth.ts';
import { readAction, type Action } from './script.ts';
import type { State } from './state.ts';

const EVERY_MS = 250;

/** The server of the page that shows the cluster and its buttons. It isn't listening yet. */
export function dashboard(state: () => State, act: (action: Action) => void): Server {
  const server = pageServer(import.meta.url, 'dashboard');
  // A page of another site, open in the same browser, must not press these buttons.
  const verifyClient = ({ req }: { req: { headers: { origin?: string; host?: string } } }): boolean =>
    allowedOrigin(req.headers.origin, req.headers.host);
  const wss = new WebSocketServer({ server, path: '/state', maxPayload: 100, verifyClient });
  wss.on('connection', (socket) => {
    const tell = (): void => socket.send(JSON.stringify(state()));
    const timer = setInterval(tell, EVERY_MS);
    socket.on('message', (data) => {
      const action = readAction(String(data));
      if (action) act(action);
    });
    socket.on('close', () => clearInterval(timer));
    socket.on('error', () => {}); // `close` follows
    tell();
  });
  return server;
}
