import { createHash } from 'node:crypto';

/** The longest name, in characters. If a command, with its subject, is longer than 4,096 bytes (`max_control_line`), NATS closes the connection. */
const LONGEST = 1000;

/**
 * The subject (NATS's word for a channel) of a channel. No two channels have the same subject. In a subject, dots separate words, `*`
 * and `>` match any words, and a space ends it. base64url has none of these characters.
 */
export function subjectOf(channel: string): string {
  const name = Buffer.from(channel).toString('base64url');
  return name.length <= LONGEST
    ? `channel-${name}`
    : `hash-${createHash('sha256').update(channel).digest('base64url')}`;
}
