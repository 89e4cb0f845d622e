/**
 * A server whose page shows the bytes of the page's own connections.
 *
 *   GET  /inspector/reports?watch=ID   a stream of reports (Server-Sent Events)
 *   POST /inspector/frames?watch=ID    the body is sent, as it is, over a connection of the server to itself
 *   POST /inspector/silent?watch=ID    opens a connection that never says anything
 *
 * The page invents the ID, and adds it to the address of its WebSocket. Only connections with the ID of a page that watches are
 * looked at, so no page sees what others send.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createWebServer, pageHandler } from '#tools/serve.ts';
import { Watchers } from './watchers.ts';

const MAX_BODY = 128 * 1024; // bytes

/**
 * A server, not yet listening, with the page of a folder and its frame inspector. Give it to ws, or add an `upgrade` listener.
 *
 * @param moduleUrl `import.meta.url` of the module that the folder lies beside
 * @param options.folder the page's, `page` by default
 * @param options.heartbeat the seconds between two sweeps; the page shows them
 */
export function inspectedServer(
  moduleUrl: string,
  { folder = 'page', heartbeat }: { folder?: string; heartbeat?: number } = {},
): Server {
  const page = pageHandler(moduleUrl, folder);
  const watchers = new Watchers();

  const server = createWebServer((request, response) => {
    const { pathname, watch } = read(request);
    if (!pathname.startsWith('/inspector/')) return void page(request, response);
    const watcher = watchers.get(watch);
    if (request.method === 'GET' && pathname === '/inspector/reports') return startWatching(watch, response);
    if (request.method !== 'POST' || !watcher) return answer(response, 404);
    if (pathname === '/inspector/silent') return answer(response, watcher.openSilent() ? 204 : 429);
    if (pathname !== '/inspector/frames') return answer(response, 404);
    receive(request, response, (bytes) => watcher.send(bytes));
  });

  // First in line, so that the tap is in place before anybody answers the handshake.
  server.on('upgrade', (request, socket) => {
    const { watch, peer } = read(request);
    watchers.get(watch)?.watch(request, socket as Socket, peer === 'built' || peer === 'silent' ? peer : 'page');
  });

  function startWatching(id: string, response: ServerResponse): void {
    const watcher = watchers.add(id, response, (server.address() as AddressInfo).port);
    if (!watcher) return answer(response, 400);
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    watcher.report({ type: 'hello', heartbeat });
  }
  return server;
}

function read(request: IncomingMessage): { pathname: string; watch: string; peer: string | null } {
  const [pathname, query] = (request.url ?? '').split('?');
  const params = new URLSearchParams(query);
  return { pathname, watch: params.get('watch') ?? '', peer: params.get('peer') };
}

function answer(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}

function receive(request: IncomingMessage, response: ServerResponse, use: (bytes: Buffer) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  request.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_BODY) return void request.destroy();
    chunks.push(chunk);
  });
  request.on('end', () => {
    use(Buffer.concat(chunks));
    answer(response, 204);
  });
}
