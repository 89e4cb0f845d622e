/*
 * What you have
 *
 *   acceptKey(key: string): string   your exercise 1.1
 *   request.method                   'GET', 'POST' and so on
 *   request.httpVersion              '1.1' or '1.0'
 *   request.headers                  an object: request.headers.upgrade, .connection, ['sec-websocket-key'],
 *                                    ['sec-websocket-version']. A header that wasn't sent is undefined.
 *   return { status: 400, headers: {} }    an answer without headers
 */
import type { IncomingHttpHeaders } from 'node:http';
import { Todo } from '#tools/todo.ts';
import { acceptKey } from '../handshake.ts';

/** What the server answers: 101 opens the connection, every other status refuses it. */
export interface Answer {
  status: 101 | 400 | 405 | 426;
  headers: Record<string, string>;
}

/**
 * Decides whether to accept a client's opening handshake (RFC 6455 §4.2.1, 4.2.2).
 *
 * @param request as Node's HTTP server gives it: the names in `headers` are in lower case, the values are as they arrived
 * @returns the first of these that applies:
 *   405 with `Allow: GET` if the method isn't GET;
 *   400 if the HTTP version is below 1.1, if `Upgrade` isn't `websocket`, if `Connection` (a list, separated by commas that may
 *   have spaces around them) doesn't contain the item `upgrade`, or if `Sec-WebSocket-Key` isn't 16 bytes written as base64
 *   (22 characters out of A-Z, a-z, 0-9, + and /, then `==`). `Upgrade` and `Connection` may be in upper or lower case;
 *   426 with `Sec-WebSocket-Version: 13` and `Upgrade: websocket` if `Sec-WebSocket-Version` isn't 13 (if the client sent
 *   none at all, 400 is fine, too);
 *   else 101 with `Upgrade: websocket`, `Connection: Upgrade` and `Sec-WebSocket-Accept`
 */
export function checkUpgrade(request: { method?: string; headers: IncomingHttpHeaders; httpVersion?: string }): Answer {
  // TODO 1.c
  //   1. Is it a GET? If not, refuse it with 405.
  //   2. Does it ask for a WebSocket: HTTP version, Upgrade, Connection, key? If not, refuse it with 400.
  //   3. Is it version 13? If not, refuse it with 426.
  //   4. Accept it with 101.
  throw new Todo('1.c', 'checkUpgrade');
}
