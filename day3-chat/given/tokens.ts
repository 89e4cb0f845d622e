import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { User } from '#day3/given/server-messages.ts';

/** The content of a token, in base64url before its dot. Anyone can read it, but only the server can sign it. */
interface Claims extends User {
  /** `connect` opens a connection; `renewal` can only be exchanged for a new pair of tokens */
  use: 'connect' | 'renewal';
  /** ms since 1970 */
  expires: number;
}

/** The answer to `POST /token`. */
export interface Issued {
  userId: string;
  token: string;
  renewal: string;
  /** how long the token is valid, in ms */
  expiresIn: number;
}

/** Makes and verifies tokens that say who somebody is. They are signed with HMAC-SHA-256 and valid for a short time. */
export class Tokens {
  readonly #secret: string | Buffer;
  readonly #now: () => number;
  readonly #life: number;
  readonly #tolerance: number;

  /**
   * @param options.secret the same for all servers that must accept each other's tokens
   * @param options.now the time in ms since 1970: the servers compare it with each other's, so it can't be a clock of this process
   * @param options.life of a token, in ms
   * @param options.tolerance how much another server's clock may differ from this one's, in ms
   */
  constructor({
    secret = randomBytes(32) as string | Buffer,
    now = () => Date.now(),
    life = 60_000,
    tolerance = 30_000,
  } = {}) {
    this.#secret = secret;
    this.#now = now;
    this.#life = life;
    this.#tolerance = tolerance;
  }

  /** Makes a token. @param renewal of an earlier token: then the user stays the same. Without a valid one, this is a new user. */
  issue(name: string, renewal?: string): Issued {
    const userId = this.#read(renewal, 'renewal')?.userId ?? randomBytes(9).toString('base64url');
    const sign = (use: Claims['use'], life: number): string =>
      this.#sign({ use, userId, name, expires: this.#now() + life });
    return {
      userId,
      token: sign('connect', this.#life),
      renewal: sign('renewal', 12 * 3_600_000),
      expiresIn: this.#life,
    };
  }

  /** The user that the token was signed for; undefined if it is forged, damaged, expired or a renewal. Never throws. */
  verify(token: string): User | undefined {
    const claims = this.#read(token, 'connect');
    return claims && { userId: claims.userId, name: claims.name };
  }

  /** Why `verify` refuses a token, in words for a person. */
  whyNot(token: string): string {
    const claims = this.#signed(token);
    if (claims === undefined) return 'The token is missing, forged, damaged, or from before the server was restarted.';
    if (claims.use !== 'connect') return 'This is a renewal: exchange it for a token first.';
    const late = Math.round((this.#now() - claims.expires) / 1000);
    return `The token expired ${late} seconds ago by this server's clock. If it is new, a clock is wrong.`;
  }

  #read(token: string | undefined, use: Claims['use']): Claims | undefined {
    const claims = this.#signed(token);
    return claims?.use === use && claims.expires + this.#tolerance > this.#now() ? claims : undefined;
  }

  /** What a token says, if its signature is right. */
  #signed(token: string | undefined): Claims | undefined {
    const [body = '', signature = ''] = token?.split('.') ?? [];
    const [given, right] = [Buffer.from(signature), Buffer.from(this.#signature(body))];
    // `===` stops at the first difference, so an attacker could measure how many characters of a guess were right.
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    return JSON.parse(String(Buffer.from(body, 'base64url'))) as Claims; // signed, so this server or a sister wrote it
  }

  #sign(claims: Claims): string {
    const body = Buffer.from(JSON.stringify(claims)).toString('base64url');
    return `${body}.${this.#signature(body)}`;
  }

  #signature(body: string): string {
    return createHmac('sha256', this.#secret).update(body).digest('base64url');
  }
}

/** The user that a token names, without a look at its signature. Exercise 3.7 replaces this. */
export function readUnverified(token = ''): User {
  try {
    const { userId, name } = JSON.parse(String(Buffer.from(token.split('.')[0], 'base64url'))) as User;
    if (typeof userId === 'string' && typeof name === 'string') return { userId, name };
  } catch {
    // Then it is nobody in particular.
  }
  return { userId: `guest-${randomBytes(4).toString('base64url')}`, name: 'Guest' };
}
