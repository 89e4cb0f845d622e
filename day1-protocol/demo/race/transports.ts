import type { ServerResponse } from 'node:http';
import type { WebSocket } from 'ws';
import type { RaceEvent, Source } from './source.ts';

/** What a client should get: the source's events after the one with this id. */
export interface Feed {
  source: Source;
  after: number;
  /** called when a connection that stays open is open, before its first event */
  opened(): void;
  /** called for every event that is sent */
  sent(): void;
}

const HOLD = 25_000; // how many ms a long poll waits: less than the time-outs of the proxies in between

/** Answers at once, often with nothing. */
export function polling(feed: Feed, response: ServerResponse): void {
  answer(feed, response, feed.source.after(feed.after));
}

/** Answers as soon as there is an event. */
export function longPolling(feed: Feed, response: ServerResponse): void {
  const missed = feed.source.after(feed.after);
  if (missed.length > 0) return answer(feed, response, missed);

  const stop = feed.source.subscribe((event) => answer(feed, response, [event]));
  const timer = setTimeout(() => answer(feed, response, []), HOLD);
  response.on('close', () => clearTimeout(timer));
  response.on('close', stop);
}

/** Begins an answer that never ends (WHATWG HTML, Server-sent events). */
export function serverSentEvents(feed: Feed, response: ServerResponse): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.flushHeaders();
  const stop = follow(feed, ({ id, payload }) => response.write(`id: ${id}\ndata: ${payload}\n\n`));
  response.on('close', stop);
}

/** Sends one message per event (RFC 6455). */
export function webSocket(feed: Feed, socket: WebSocket): void {
  const stop = follow(feed, ({ payload }) => socket.send(payload));
  socket.on('close', stop);
  socket.on('error', () => {}); // 'close' follows
}

function answer({ sent }: Feed, response: ServerResponse, events: RaceEvent[]): void {
  if (response.writableEnded) return;
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Cache-Control', 'no-store');
  response.end(`[${events.map((event) => event.payload).join(',')}]`);
  events.forEach(sent);
}

/** Sends what was missed, then each event as it happens. Returns a function that stops it. */
function follow({ source, after, opened, sent }: Feed, send: (event: RaceEvent) => void): () => void {
  const both = (event: RaceEvent) => {
    send(event);
    sent();
  };
  opened();
  source.after(after).forEach(both);
  return source.subscribe(both);
}
