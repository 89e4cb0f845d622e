import type { Door } from '#day3/given/door.ts';

/**
 * Whether a handshake may come from where it comes from (RFC 6455 §10.2). A browser sends `Origin` always and truly; a page of
 * another site that opens a connection here is told by it. Other programs send none, or any they like: they pass.
 *
 * @param origin the header `Origin`, such as `https://chat.example`; undefined where there is none
 * @param host the header `Host`, such as `chat.example` or `localhost:8080`
 * @param listed origins that are welcome besides the server's own
 */
export function allowedOrigin(origin: string | undefined, host: string | undefined, listed: string[] = []): boolean {
  if (origin === undefined || listed.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/**
 * Answers a handshake that waits at the door: 101 for whom the server has signed the token for, 401 for anyone else.
 *
 * @throws what `door.verify` throws; the server then answers 503
 */
export async function authenticate(door: Door): Promise<void> {
  const user = door.token === undefined ? undefined : await door.verify(door.token);
  if (user === undefined) return door.refuse(401);
  door.open(user);
}
