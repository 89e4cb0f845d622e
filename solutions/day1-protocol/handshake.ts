import { createHash } from 'node:crypto';
import { GUID } from '#day1/given/rfc6455.ts';

/**
 * Calculates `Sec-WebSocket-Accept`, the server's answer to a client's `Sec-WebSocket-Key` (RFC 6455 §4.2.2).
 *
 * @param key the header's value exactly as it arrived: 24 characters of base64 text. Don't decode or change it.
 * @returns the SHA-1 hash of the key followed by the GUID, as base64 text: 28 characters
 */
export function acceptKey(key: string): string {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}
