import { createHash } from 'node:crypto';

/** NATS ends a connection whose command, with the subject in it, is longer than 4,096 bytes (`max_control_line`). */
const LONGEST = 1000;

/**
 * A channel's subject: for each name another one. A subject is made of words with dots in between; `*` and `>` stand for any words,
 * and a space ends it. base64url has none of these.
 */
export function subjectOf(channel: string): string {
  const name = Buffer.from(channel).toString('base64url');
  return name.length <= LONGEST
    ? `channel-${name}`
    : `hash-${createHash('sha256').update(channel).digest('base64url')}`;
}
