import { Todo } from '#tools/todo.ts';

/** What happened when one of the learner's functions was called. */
export type Attempt<T> = { value: T } | { unwritten: true } | { error: unknown };

/** Calls a function of the learner's, which may not be written yet, or may be wrong in any way. Never throws. */
export function attempt<T>(call: () => T): Attempt<T> {
  try {
    return { value: call() };
  } catch (error) {
    return error instanceof Todo ? { unwritten: true } : { error };
  }
}

/** A value for the reader: `{ length: 5, next: 2 }`, `undefined`, `3 bytes`. */
export function show(value: unknown): string {
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (value instanceof Error) return String(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .slice(0, 4)
    .map(
      ([name, one]) => `${name}: ${typeof one === 'object' ? '…' : String(one)}${typeof one === 'bigint' ? 'n' : ''}`,
    )
    .join(', ')} }`;
}

/**
 * A copy of the bytes that is a part of a larger memory, as Node's Buffers often are. So a function that changes its bytes does no
 * harm, and one that forgets `byteOffset` is found out.
 */
export function partOfMore(bytes: Uint8Array): Uint8Array {
  const memory = new Uint8Array(bytes.length + 16).fill(0xee);
  memory.set(bytes, 8);
  return memory.subarray(8, 8 + bytes.length);
}
