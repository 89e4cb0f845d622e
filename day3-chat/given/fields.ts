import { z } from 'zod';
import { LIMITS } from '#day3/given/limits.ts';

/**
 * A letter, a digit, a sign, an emoji: something that leaves a mark on the screen. Excluded are spaces, control and format characters,
 * marks that need a letter below them, and characters that are drawn as nothing (the Hangul fillers U+3164, U+115F and U+FFA0; the
 * empty Braille pattern U+2800).
 */
const VISIBLE = /[^\s\p{M}\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}]/u;

/** No line breaks, no control characters, and nothing that turns the direction of the text around, for example U+202E. */
const ONE_LINE = /^[^\p{Cc}\p{Bidi_Control}\u2028\u2029]*$/u;

/** Half of a surrogate pair can't be sent as UTF-8: it would arrive as U+FFFD, and two names for one room would exist. */
const WELL_FORMED = /^\P{Cs}*$/u;

/**
 * A text with a largest length. Each error says which field it is about: whoever sees only the first issue's message knows enough.
 * The length is counted in UTF-16 units, as `length` and a page's `maxLength` count it; zod's own `.max` counts code points.
 */
const short = (what: string, most: number) =>
  z.string().refine((value) => value.length <= most, `a ${what} has at most ${most} characters`);

const shown = (what: string, most: number) =>
  short(what, most)
    .regex(WELL_FORMED, `a ${what} must be well-formed text, without half of a character`)
    .regex(VISIBLE, `a ${what} needs something that can be seen`);

/** Any room name that can be seen. `__proto__` is a room like any other, because the rooms are in a Map and not in an object. */
export const room = shown('room', LIMITS.room).regex(ONE_LINE, 'a room has no control characters');

/** Spaces around a name are removed. */
export const name = z
  .string()
  .trim()
  .pipe(shown('name', LIMITS.name).regex(ONE_LINE, 'a name has no control characters'));

export const text = shown('text', LIMITS.text);

/** The client's own name for a message that it may have to send again. */
export const key = short('key', LIMITS.key).min(1);
