import type { ChatMessage } from '#day3/given/server-messages.ts';
import type { Entry } from '#day5/given/for-bonus/entries.ts';
import { readEnvelope } from '#day5/given/envelope.ts';

const known = new WeakMap<Entry, ChatMessage | undefined>();

/** The chat message in an entry. Undefined if it has another message, or is not an envelope. */
export function chatOf(entry: Entry): ChatMessage | undefined {
  if (!known.has(entry)) known.set(entry, read(entry.text));
  return known.get(entry);
}

function read(text: string): ChatMessage | undefined {
  try {
    const { message } = readEnvelope(text);
    return message.type === 'chat' ? message : undefined;
  } catch {
    return undefined;
  }
}
