import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import { createWebServer } from '#tools/serve.ts';
import { TRANSPORTS, type Transport } from './clients.ts';
import { Meter, type Count } from './meter.ts';
import type { Source } from './source.ts';
import { longPolling, polling, serverSentEvents, webSocket, type Feed } from './transports.ts';

export type Counts = Record<Transport, Count>;

/** The server side of the race. */
export interface Race {
  /** not yet listening */
  server: Server;
  /** what each transport has taken until now */
  counts(): Counts;
  /** ends every connection, and the server */
  close(): void;
}

/** Answers what is not part of the race: the page, and the figures that it shows. */
export interface Others {
  request(request: IncomingMessage, response: ServerResponse): unknown;
  socket(socket: WebSocket): void;
}

const NOBODY: Others = {
  request: (_request, response) => response.writeHead(404).end(),
  socket: (socket) => socket.close(),
};

/** Sends the source's events in four ways, and counts what each of them takes. */
export function raceServer(source: Source, others = NOBODY): Race {
  const meter = new Meter();
  const counts = Object.fromEntries(TRANSPORTS.map((name) => [name, noCount()])) as Counts;
  const rest = noCount();

  const begin = (request: IncomingMessage): { name?: Transport; feed: Feed } => {
    const { socket } = request;
    const [path, query] = (request.url ?? '').split('?');
    const name = TRANSPORTS.find((one) => path === `/${one}`);
    const count = name ? counts[name] : rest;
    meter.begin(socket, count);
    const after = Number(new URLSearchParams(query).get('after'));
    return { name, feed: { source, after, opened: () => meter.opened(socket), sent: () => void count.events++ } };
  };

  const server = createWebServer((request, response) => {
    const { name, feed } = begin(request);
    if (name === 'polling') return polling(feed, response);
    if (name === 'long-polling') return longPolling(feed, response);
    if (name === 'server-sent-events') return serverSentEvents(feed, response);
    others.request(request, response);
  });

  const wss = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    const { name, feed } = begin(request);
    wss.handleUpgrade(request, socket, head, (ws) => (name === 'websocket' ? webSocket(feed, ws) : others.socket(ws)));
  });

  return {
    server,
    counts: () => {
      meter.settle();
      return counts;
    },
    close: () => {
      for (const socket of wss.clients) socket.terminate();
      server.close();
      server.closeAllConnections();
    },
  };
}

function noCount(): Count {
  return { requests: 0, events: 0, bytes: 0, opening: 0 };
}
