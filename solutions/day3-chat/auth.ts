import type { Handshake } from '#day3/given/opening-handshake.ts';

/**
 * Decides whether a page from this origin may connect (RFC 6455 §10.2). Never throws, and doesn't change the list.
 *
 * @param origin the header `Origin`, for example `https://chat.example`. It is undefined if the client sent none. That is allowed:
 *   browsers always send it, so the client is another kind of program
 * @param host the header `Host`, for example `chat.example` or `localhost:8080`. It is undefined if the client sent none. Then only
 *   listed origins are allowed, and clients without an origin
 * @param listed other origins that are allowed, such as `https://app.example`; they must match exactly
 * @returns whether the origin is allowed: it is listed, or it is a URL with the same host and port as `host`
 */
export function allowedOrigin(origin: string | undefined, host: string | undefined, listed: string[] = []): boolean {
  if (origin === undefined || listed.includes(origin)) return true;
  // Compare the host as a whole. startsWith would let chat.example.evil.example in. Behind a proxy, a fixed list of hosts is safer.
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/**
 * Answers a handshake, exactly once. If its token is valid, calls `handshake.accept(user)` with the user that `handshake.verify`
 * returned. If the token is missing, or isn't valid, calls `handshake.refuse(401)`.
 *
 * @throws whatever `handshake.verify` throws, for example if its database is down; the server then answers 503
 */
export async function authenticate(handshake: Handshake): Promise<void> {
  const user = handshake.token === undefined ? undefined : await handshake.verify(handshake.token);
  // An error of verify is not caught: it isn't the client's fault, and the server answers 503.
  if (user === undefined) return handshake.refuse(401);
  handshake.accept(user);
}
