import { z } from 'zod';
import { LIMITS } from '#day3/limits.ts';

/** Any text: `__proto__` is a room like another, because rooms live in a Map and not in an object. */
export const room = z.string().min(1).max(LIMITS.room);

/** Spaces around a name go; something that one can see must be left, and nothing that breaks a line or turns it round. */
export const name = z
  .string()
  .trim()
  .min(1)
  .max(LIMITS.name)
  .regex(/[\p{L}\p{N}\p{P}\p{S}]/u, 'nothing in it can be seen')
  .regex(/^[^\p{Cc}\u2028-\u202e\u2066-\u2069]*$/u, 'a control character');

export const text = z.string().min(1).max(LIMITS.text).regex(/\S/, 'only spaces');

/** The client's own name for a message that it may have to send again. */
export const key = z.string().min(1).max(LIMITS.key);
