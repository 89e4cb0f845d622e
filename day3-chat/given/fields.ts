import { z } from 'zod';
import { LIMITS } from '#day3/given/limits.ts';

// Each says in its error which field it is about: whoever reads `issues[0].message` alone is told enough.
const short = (what: string, most: number) => z.string().max(most, `a ${what} has at most ${most} characters`);

/** Any text that can be seen: `__proto__` is a room like another, because rooms live in a Map and not in an object. */
export const room = short('room', LIMITS.room).regex(/\S/, 'a room needs more than spaces');

/** Spaces around a name go; something that one can see must be left, and nothing that breaks a line or turns it round. */
export const name = z
  .string()
  .trim()
  .max(LIMITS.name, `a name has at most ${LIMITS.name} characters`)
  .regex(/[\p{L}\p{N}\p{P}\p{S}]/u, 'a name needs something that can be seen')
  .regex(/^[^\p{Cc}\u2028-\u202e\u2066-\u2069]*$/u, 'a name has no control characters');

export const text = short('text', LIMITS.text).regex(/\S/, 'a text needs more than spaces');

/** The client's own name for a message that it may have to send again. */
export const key = z.string().min(1).max(LIMITS.key);
