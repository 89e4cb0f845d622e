/** The learner's side of the board: joining, leaving, delivering reports. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { reportsIn } from '#tools/run/hand-over.js';
import { PlainError } from '#tools/run/words.js';
import { MARKS, USUAL_PORT, type Mark, type Wish } from './protocol.ts';
import { talk, type Saying } from './talk.ts';

const member = z.object({ address: z.string(), name: z.string(), token: z.string() });
/** The address of the board, and the secret that belongs to this learner's row. */
export type Member = z.infer<typeof member>;

const report = z.object({ key: z.string(), at: z.number(), marks: z.record(z.string(), z.enum(MARKS)) });

/**
 * Joins a board: gets a token, makes sure of a row with this name, and keeps the token for the reports. A learner who has joined this
 * board before keeps the row, although the board's address may have changed overnight.
 *
 * @param folder for member.json and the reports
 * @param address such as `192.168.1.5` or `192.168.1.5:8070`
 * @returns the full address
 * @throws PlainError with a sentence for the learner
 */
export async function joinBoard(folder: string, address: string, name: string): Promise<string> {
  const full = fullAddress(address);
  await sureOfBoard(full);
  const known = readMember(folder);
  const isKnown = known && (await ask(full, '/token', { headers: { Authorization: `Bearer ${known.token}` } })).ok;
  const token = isKnown ? known.token : await newToken(full, name);
  const says = isKnown ? [saying({ do: 'rename', name })] : [];
  const refusal = await talk({ address: full, token, room: 'learner', says });
  if (refusal?.code === 'removed') {
    rmSync(join(folder, 'member.json'), { force: true }); // the old token is worth nothing: begin again
    return joinBoard(folder, address, name);
  }
  if (refusal) throw new PlainError(refusal.message);
  mkdirSync(folder, { recursive: true });
  const mine: Member = { address: full, name, token };
  writeFileSync(join(folder, 'member.json'), JSON.stringify(mine), { mode: 0o600 });
  return full;
}

/**
 * Takes the learner's row off the board, and forgets the board.
 *
 * @returns whether the board has confirmed it
 * @throws PlainError if this learner hasn't joined a board
 */
export async function leaveBoard(folder: string): Promise<boolean> {
  const mine = readMember(folder);
  if (!mine) throw new PlainError('You have not joined a board, so there is nothing to leave.');
  const refusal = await talk({ ...mine, room: 'learner', says: [saying({ do: 'leave' })] });
  rmSync(folder, { recursive: true, force: true });
  return refusal?.code !== 'unreachable';
}

/**
 * Delivers the reports that wait, the oldest first, and deletes each one that the board has confirmed. The others stay. Never throws.
 *
 * @param options.giveUpMs for everything together
 */
export async function deliver(
  folder: string,
  options: { maxAttempts?: number; giveUpMs?: number } = {},
): Promise<void> {
  const { maxAttempts = 3, giveUpMs = 10_000 } = options;
  const mine = readMember(folder);
  if (!mine) return;
  const files = new Map<string, string>();
  const says: Saying[] = [];
  for (const file of reportsIn(folder)) {
    const path = join(folder, file);
    const one = readJson(path, report);
    if (!one) continue; // another process has just delivered it
    files.set(one.key, path);
    says.push(
      saying(
        { do: 'report', ago: Math.max(0, Date.now() - one.at), marks: one.marks as Record<string, Mark> },
        one.key,
      ),
    );
  }
  if (says.length === 0) return;
  await talk({
    ...mine,
    room: 'learner',
    says,
    maxAttempts,
    giveUpMs,
    confirmed: (key) => rmSync(files.get(key) ?? '', { force: true }),
  });
}

/** @returns undefined if this learner hasn't joined a board */
export const readMember = (folder: string): Member | undefined => readJson(join(folder, 'member.json'), member);

export const saying = (wish: Wish, key: string = randomUUID()): Saying => ({ key, wish });

/** @throws PlainError if it is not an address */
function fullAddress(address: string): string {
  const bare = address.replace(/^(http|ws):\/\//, '').replace(/\/$/, '');
  const [, host, port = USUAL_PORT] = /^([\w.-]+|\[[\da-f:.]+\])(?::(\d{1,5}))?$/i.exec(bare) ?? [];
  if (!host || Number(port) > 65_535)
    throw new PlainError(
      `"${address}" is not an address. It is on the projector, and looks like this: npm run class join 192.168.1.5`,
    );
  return `${host}:${port}`;
}

/** @throws PlainError if no board answers there: other servers of the course would let a learner in, too */
async function sureOfBoard(address: string): Promise<void> {
  const answer = await ask(address, '/class');
  const body: unknown = answer.ok ? await answer.json().catch(() => undefined) : undefined;
  if ((body as { board?: unknown } | undefined)?.board !== 1)
    throw new PlainError(
      `A server answers at ${address}, but it is not the class's board. Look at the port on the projector.`,
    );
}

async function newToken(address: string, name: string): Promise<string> {
  const answer = await ask(address, '/token', { method: 'POST', body: JSON.stringify({ name }) });
  const { token, message } = (await answer.json()) as { token?: string; message?: string };
  if (!token) throw new PlainError(message ?? 'The board gave no token.');
  return token;
}

/** @throws PlainError if nothing answers within ten seconds */
async function ask(address: string, path: string, request: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(`http://${address}${path}`, { ...request, signal: AbortSignal.timeout(10_000) });
  } catch {
    throw new PlainError(
      `Nothing answers at ${address}. Are both machines on the same network, and is the address the one on the projector?`,
    );
  }
}

/** What is in a file; undefined if it isn't there, or is something else. */
function readJson<T>(path: string, schema: z.ZodType<T>): T | undefined {
  try {
    return existsSync(path) ? schema.parse(JSON.parse(readFileSync(path, 'utf8'))) : undefined;
  } catch {
    return undefined;
  }
}
