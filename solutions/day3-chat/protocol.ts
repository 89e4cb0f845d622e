import { z } from 'zod';
import * as field from '#day3/given/fields.ts';
import type { ErrorMessage } from '#day3/given/server-messages.ts';

const join = z.object({ type: z.literal('join'), room: field.room, after: z.string().max(100).optional() });
const chat = z.object({ type: z.literal('chat'), text: field.text, key: field.key.optional() });
const setName = z.object({ type: z.literal('setName'), name: field.name });
const typing = z.object({ type: z.literal('typing') });

/** The messages that a client may send. `type` decides which schema is used. An unknown type is named in the error. */
export const clientMessage = z.discriminatedUnion('type', [join, chat, setName, typing], {
  error: ({ input }) => {
    const { type } = Object(input) as { type?: unknown };
    if (type === undefined) return 'an object with a type was expected';
    // Only a string is quoted: String throws on an array that is nested 4,000 levels deep, and a client can send one. (JSON.stringify, too,
    // up to Node 24.)
    return typeof type === 'string'
      ? `unknown type ${JSON.stringify(type.slice(0, 40))}`
      : 'the type of a message must be a string';
  },
});

export type ClientMessage = z.infer<typeof clientMessage>;

/**
 * Reads one message from a client. Never throws, whatever the client sent. Not async: the server reads the result at once.
 *
 * @param raw the text of the message
 * @returns the message as the schema returns it: it has only the schema's fields, and names are trimmed. If the text isn't JSON or fits
 *   no schema, returns an error `{ type: 'error', code, message }` instead. Its code is `invalid-json` or `invalid-message`. With
 *   `invalid-message`, its message contains the message of zod's first issue. A client may send a very long text, so an error never
 *   repeats a whole text of more than 20 characters. The message of a SyntaxError is allowed: it shortens a longer text.
 */
export function parseMessage(raw: string): ClientMessage | ErrorMessage {
  // Only JSON.parse is in the try block, so that no mistake of our own passes for bad JSON.
  let json: unknown;
  try {
    json = JSON.parse(raw);
  } catch {
    return { type: 'error', code: 'invalid-json', message: 'This is not JSON.' };
  }
  const parsed = clientMessage.safeParse(json);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues;
  return { type: 'error', code: 'invalid-message', message: `${path.join('.') || 'message'}: ${message}` };
}
