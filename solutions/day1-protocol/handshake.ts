import { createHash } from 'node:crypto';
import { GUID } from '#day1/given/rfc6455.ts';

/**
 * The `Sec-WebSocket-Accept` with which a server answers a client's `Sec-WebSocket-Key` (RFC 6455 §4.2.2).
 *
 * @param key the header's value as it came: 24 characters of base64. It is not decoded.
 * @returns base64 of the SHA-1 of the key followed by the GUID: 28 characters
 */
export function acceptKey(key: string): string {
  return createHash('sha1')
    .update(key + GUID)
    .digest('base64');
}
