/** The instructor's words: they go to the board that runs on this machine, or to its file. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { core, readDays, root } from '#tools/run/catalogue.js';
import { PlainError } from '#tools/run/words.js';
import { csvOf } from './csv.ts';
import { saying } from './member.ts';
import type { Refusal, Wish } from './protocol.ts';
import { readState, removeState } from './store.ts';
import { talk } from './talk.ts';

/** The board's file. */
export const KEPT = join(root, '.course/class.json');

/** @throws PlainError with a sentence for the instructor, if the board doesn't do it */
export async function instructBoard(wish: Wish<'instructor'>, path = KEPT): Promise<void> {
  const refusal = await toBoard(wish, path);
  if (!refusal) return;
  throw new PlainError(
    refusal.code === 'unreachable' ? 'No board is running on this machine. Start it: npm run class' : refusal.message,
  );
}

/** Deletes the board's file, and ends the board if it is running. @returns what happened, in a sentence */
export async function forgetBoard(path = KEPT): Promise<string> {
  if (stateAt(path) === undefined) return 'There is nothing to forget: this machine has kept no board.';
  const refusal = stateAt(path) === 'damaged' ? undefined : await toBoard({ do: 'forget' }, path);
  await removeState(path);
  return refusal
    ? 'Everything that the board knew is deleted.'
    : 'Everything that the board knew is deleted, and the board has ended.';
}

/** @param to a file to write it into @returns the board as CSV @throws PlainError without a board, or the file can't be written */
export async function exportBoard(to?: string, path = KEPT): Promise<string> {
  const state = plainly(() => readState(path));
  if (!state) throw new PlainError('This machine has kept no board, so there is nothing to export.');
  const csv = csvOf(
    state,
    (await readDays()).flatMap((day) => core(day).map(({ id }) => id)),
  );
  if (to) plainly(() => writeFileSync(to, csv));
  return csv;
}

/** Any token will do: the board trusts requests from this machine, and asks for a token as from everyone. */
async function toBoard(wish: Wish<'instructor'>, path: string): Promise<Refusal | undefined> {
  const port = plainly(() => readState(path))?.port;
  const nobody = { code: 'unreachable', message: 'No board is running.' };
  if (!port) return nobody;
  const address = `127.0.0.1:${port}`;
  const answer = await fetch(`http://${address}/token`, {
    method: 'POST',
    body: JSON.stringify({ name: 'instructor' }),
    signal: AbortSignal.timeout(5000),
  }).catch(() => undefined);
  if (!answer?.ok) return nobody;
  const { token } = (await answer.json()) as { token: string };
  return talk({ address, token, room: 'instructor', says: [saying(wish)] });
}

function stateAt(path: string): unknown {
  try {
    return readState(path);
  } catch {
    return 'damaged';
  }
}

function plainly<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw new PlainError((error as Error).message);
  }
}
