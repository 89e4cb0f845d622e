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
  // In here, not at the top of the file: two clients on one page are two users. It changes only after an answer: a failure costs the
  // token, not the user.
  let renewal: string | undefined;
  return async () => {
    const issued = await issue(renewal);
    renewal = issued.renewal;
    return { url, protocols: ['chat', `token.${issued.token}`] };
  };
}
