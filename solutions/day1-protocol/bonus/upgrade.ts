import type { IncomingHttpHeaders } from 'node:http';
import { acceptKey } from '../handshake.ts';

/** What the server answers: 101 opens the connection, anything else refuses it. */
export interface Answer {
  status: 101 | 400 | 405 | 426;
  headers: Record<string, string>;
}

/**
 * Judges a client's opening handshake (RFC 6455 §4.2.1, 4.2.2).
 *
 * @param request as Node's http server gives it: the names of `headers` are in lower case, the values are as they came
 * @returns 405 with `Allow: GET` for another method;
 *   400 for HTTP before 1.1, an `Upgrade` that is not `websocket`, a `Connection` without the token `upgrade` in its list,
 *   a `Sec-WebSocket-Key` that is not 16 bytes in base64;
 *   426 with `Sec-WebSocket-Version: 13` for another version. For none at all the RFC leaves the choice, and 400 is as good;
 *   else 101 with `Upgrade`, `Connection` and `Sec-WebSocket-Accept`
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
  if (version !== '13') return { status: 426, headers: { 'Sec-WebSocket-Version': '13' } };
  return {
    status: 101,
    headers: { Upgrade: 'websocket', Connection: 'Upgrade', 'Sec-WebSocket-Accept': acceptKey(key) },
  };
}
