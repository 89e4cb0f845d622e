/** What answers at an address: a Redis, the stand-in, something else, or nothing. */
import { createClient } from '@redis/client';
import { addressProblem, withoutPassword } from '#tools/brokers/address.ts';
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
 * @param patienceMs how long it may take to answer
 * @throws TypeError if it isn't the address of a Redis. Neither its message nor a `reason` contains the password
 */
export async function ask(url: string, patienceMs = PATIENCE_MS): Promise<Answer> {
  const problem = addressProblem(url);
  if (problem) throw new TypeError(problem);
  // RESP2 needs no greeting, so each refusal is one error, and the client doesn't try again.
  const client = createClient({ url, RESP: 2, socket: { reconnectStrategy: false, connectTimeout: patienceMs } });
  let first: unknown;
  client.on('error', (error) => (first ??= error));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>(
    (_, reject) => (timer = setTimeout(() => reject(new Error('it does not answer')), patienceMs)),
  );
  const answer = client.connect().then(() => client.sendCommand(['HELLO']));
  answer.catch(() => {}); // when it comes too late
  try {
    const fields = (await Promise.race([answer, late])) as unknown as unknown[];
    const version = String(fields[fields.indexOf('version') + 1]);
    return { there: 'redis', kind: version === STAND_IN_VERSION ? 'stand-in' : 'redis-server', version };
  } catch (error) {
    return whatElse((first ?? error) as NodeJS.ErrnoException, url);
  } finally {
    clearTimeout(timer);
    if (client.isOpen) client.destroy();
  }
}

function whatElse({ code, message }: NodeJS.ErrnoException, url: string): Answer {
  const other = (reason: string): Answer => ({ there: 'other', reason });
  if (code === 'ECONNREFUSED') return { there: 'nothing' };
  if (message.startsWith('NOAUTH')) return other('it is a Redis that wants a password');
  if (message.startsWith('WRONGPASS')) return other('it is a Redis that does not accept this name and password');
  // Without TLS, Redis takes the first bytes of TLS for the beginning of a command and waits for the rest; others answer.
  if (/^rediss:/i.test(url) && /does not answer|timeout|wrong version number|packet length too long/i.test(message))
    return other('it does not answer in TLS, which is what rediss: means. If it is a Redis without TLS, write redis:');
  if (/RESP type/.test(message)) return other('it speaks another protocol');
  return other(withoutPassword(message.trim(), url));
}
