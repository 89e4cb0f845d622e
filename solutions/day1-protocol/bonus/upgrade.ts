import type { IncomingHttpHeaders } from 'node:http';
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
  const {
    upgrade = '',
    connection = '',
    'sec-websocket-key': key = '',
    'sec-websocket-version': version,
  } = request.headers;
  if (request.method !== 'GET') return { status: 405, headers: { Allow: 'GET' } };
  const tokens = connection
    .toLowerCase()
    .split(',')
    .map((token) => token.trim());
  const asksForIt =
    upgrade.toLowerCase() === 'websocket' && tokens.includes('upgrade') && request.httpVersion !== '1.0';
  if (!asksForIt || !/^[A-Za-z0-9+/]{22}==$/.test(key)) return { status: 400, headers: {} };
  if (version !== '13') return { status: 426, headers: { 'Sec-WebSocket-Version': '13', Upgrade: 'websocket' } };
  return {
    status: 101,
    headers: { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Accept': acceptKey(key) },
  };
}
