/*
 * What you have
 *
 *   GUID: string               the fixed text from the RFC that every WebSocket server appends to the key
 *   createHash('sha1'): Hash   Node's hash function. A Hash has two methods:
 *     hash.update(text: string): Hash                  adds text to what is hashed; returns the same Hash
 *     hash.digest(encoding: 'hex' | 'base64'): string  finishes, and returns the hash in that encoding
 */
import { createHash } from 'node:crypto';
import { GUID } from '#day1/given/rfc6455.ts';
import { Todo } from '#tools/todo.ts';

/**
 * Calculates `Sec-WebSocket-Accept`, the server's answer to a client's `Sec-WebSocket-Key` (RFC 6455 §4.2.2).
 *
 * @param key the header's value exactly as it arrived: 24 characters of base64 text. Don't decode or change it.
 * @returns the SHA-1 hash of the key followed by the GUID, as base64 text: 28 characters
 */
export function acceptKey(key: string): string {
  // TODO 1.1
  //   1. Put the key and the GUID together, as text.
  //   2. Take the SHA-1 hash of that text.
  //   3. Return the hash as base64.
  throw new Todo('1.1', 'acceptKey');
}
