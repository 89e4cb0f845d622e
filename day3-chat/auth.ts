/*
 * What you have
 *
 *   new URL(text).host                  the host and port of a URL: 'localhost:8080'. Throws if the text isn't a URL
 *   URL.canParse(text): boolean         is the text a URL?
 *
 *   handshake.token: string | undefined   the token that the client sent, if it sent one
 *   handshake.verify(token): Promise<User | undefined>
 *                                         the user that the server signed the token for; undefined if it is forged or expired
 *   handshake.accept(user): void          answers 101: the connection is open, and belongs to this user
 *   handshake.refuse(status): void        answers with an HTTP status instead, and ends the connection
 *   handshake.claimed(): User             the user that the token names, without checking the signature
 */
import type { Handshake } from '#day3/given/opening-handshake.ts';
import { todo } from '#tools/todo.ts';

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
  // TODO 3.6 So far a page of any site may connect. Return true in these three cases, and false in all others:
  //   1. The client sent no Origin.
  //   2. The origin is on the list.
  //   3. The origin is a URL, and its host and port are the ones in `host`. Not every Origin is a URL: it may be the text 'null'.
  todo('3.6', 'allowedOrigin');
  return true; // a placeholder, so that the rest works meanwhile: remove it, too
}

/**
 * Answers a handshake, exactly once. If its token is valid, calls `handshake.accept(user)` with the user that `handshake.verify`
 * returned. If the token is missing, or isn't valid, calls `handshake.refuse(401)`.
 *
 * @throws whatever `handshake.verify` throws, for example if its database is down; the server then answers 503
 */
export async function authenticate(handshake: Handshake): Promise<void> {
  // TODO 3.7 So far this believes whatever the token says. Anybody can write such a token.
  //   1. If the token is missing, refuse with 401.
  //   2. Find out which user the server signed the token for. Wait for the answer.
  //   3. If there is such a user, accept the handshake for them. Otherwise refuse with 401.
  todo('3.7', 'authenticate');
  handshake.accept(handshake.claimed());
}
