/*
 * What you have
 *
 *   issue(renewal?): Promise<Issued>   asks the server for a token; resolves with { token, renewal }
 *   Address                            what the client connects to: { url, protocols }
 *
 * The token travels as a subprotocol, as on day 3: protocols: ['chat', 'token.…']. A URL would end up in the logs of every proxy.
 */
import { todo } from '#tools/todo.ts';
import type { Address } from '#day4/given/types.ts';

/** The part of the answer to `POST /token` that matters here. */
export interface Issued {
  token: string;
  /** exchange it for the next token: the user stays the same */
  renewal: string;
}

/** Asks the server for a token. @param renewal from the previous answer; without one, the server makes a new user */
export type Issue = (renewal?: string) => Promise<Issued>;

/**
 * Makes the `url` option of a client. The client calls the returned function at every attempt. Each call asks `issue` once for a new
 * token, with the renewal from the last successful answer, and returns the address with the subprotocols `chat` and `token.` plus the
 * token. Nothing is asked before the first call. If `issue` rejects, the call rejects, and the next call uses the same renewal. Each
 * call of freshToken has a renewal of its own.
 */
export function freshToken(url: string, issue: Issue): () => Promise<Address> {
  // TODO 4.b So far the renewal is thrown away, so that each attempt is a new user.
  //   1. Pass the renewal of the last answer to `issue`. The first call has none.
  //   2. Keep the renewal of each answer for the next call.
  todo('4.b', 'freshToken');
  return async () => ({ url, protocols: ['chat', `token.${(await issue()).token}`] }); // a placeholder: remove it, too
}
