/** What answers at an address: a Redis, the stand-in, something else, or nothing. */
import { createClient } from '@redis/client';
import { STAND_IN_VERSION } from '#tools/brokers/stand-in/commands.ts';

/** How long something that listens may take to answer, in ms. */
const PATIENCE_MS = 3000;

export type Answer =
  | { there: 'redis'; kind: 'redis-server' | 'stand-in'; version: string }
  | { there: 'nothing' }
  /** `reason`: a clause without a full stop, such as "it wants a password" */
  | { there: 'other'; reason: string };

/**
 * Connects, asks once, and disconnects.
 *
 * @param url such as `redis://127.0.0.1:6379`
 * @throws TypeError where it is no address of a Redis
 */
export async function ask(url: string): Promise<Answer> {
  if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol))
    throw new TypeError('That is not the address of a Redis: redis://127.0.0.1:6379 is one.');
  // RESP2 needs no greeting, and so each refusal is one error, not one that is tried again.
  const client = createClient({ url, RESP: 2, socket: { reconnectStrategy: false, connectTimeout: PATIENCE_MS } });
  let problem: unknown;
  client.on('error', (error) => (problem ??= error));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>(
    (_, reject) => (timer = setTimeout(() => reject(new Error('it does not answer')), PATIENCE_MS)),
  );
  const answer = client.connect().then(() => client.sendCommand(['HELLO']));
  answer.catch(() => {}); // when it comes too late
  try {
    const fields = (await Promise.race([answer, late])) as unknown as unknown[];
    const version = String(fields[fields.indexOf('version') + 1]);
    return { there: 'redis', kind: version === STAND_IN_VERSION ? 'stand-in' : 'redis-server', version };
  } catch (error) {
    return whatElse((problem ?? error) as NodeJS.ErrnoException);
  } finally {
    clearTimeout(timer);
    if (client.isOpen) client.destroy();
  }
}

function whatElse({ code, message }: NodeJS.ErrnoException): Answer {
  if (code === 'ECONNREFUSED') return { there: 'nothing' };
  if (/^(NOAUTH|WRONGPASS)/.test(message)) return { there: 'other', reason: 'it is a Redis that wants a password' };
  if (/RESP type/.test(message)) return { there: 'other', reason: 'it speaks another protocol' };
  return { there: 'other', reason: message };
}
