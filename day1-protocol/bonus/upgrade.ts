import type { IncomingHttpHeaders } from 'node:http';
import { Todo } from '#tools/todo.ts';
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
  // TODO 1.c `keep-alive, Upgrade` is a list of two tokens. Upper and lower case are the same, except in the key.
  throw new Todo('1.c', 'checkUpgrade');
}
