import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import * as field from '#day3/given/fields.ts';
import type { Tokens } from '#day3/given/tokens.ts';

const wish = z.object({ name: field.name, renewal: z.string().max(1000).optional() });
const LIMIT = 4096; // bytes of a request's body

/**
 * `POST /token` with `{ name, renewal? }` issues a token: it takes the place of a real sign-in. `GET /token` with
 * `Authorization: Bearer TOKEN` says whether a token is valid, which a page can't learn from a refused handshake.
 *
 * @returns whether the request was one of these
 */
export function answerTokens(tokens: Tokens, request: IncomingMessage, response: ServerResponse): boolean {
  if (request.url !== '/token' || !['GET', 'POST'].includes(request.method ?? '')) return false;
  request.on('error', () => {}); // the client may disappear
  if (request.method === 'GET') check(tokens, request, response);
  else void issue(tokens, request, response).catch(() => response.destroy());
  return true;
}

function check(tokens: Tokens, { headers }: IncomingMessage, response: ServerResponse): void {
  const token = headers.authorization?.replace(/^Bearer /, '') ?? '';
  const user = tokens.verify(token);
  answer(response, user ? 200 : 401, user ?? { message: tokens.whyNot(token) });
}

async function issue(tokens: Tokens, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const length = Number(request.headers['content-length']);
  if (!(length <= LIMIT))
    return answer(
      response,
      413,
      { message: `The request needs a Content-Length of at most ${LIMIT} bytes.` },
      { Connection: 'close' },
    );
  const parsed = wish.safeParse(parseJson(await text(request)));
  if (!parsed.success)
    return answer(response, 400, {
      message: `${parsed.error.issues[0].path.join('.') || 'body'}: ${parsed.error.issues[0].message}`,
    });
  answer(response, 200, tokens.issue(parsed.data.name, parsed.data.renewal));
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse, status: number, body: object, headers = {}): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers });
  response.end(`${JSON.stringify(body)}\n`);
}
