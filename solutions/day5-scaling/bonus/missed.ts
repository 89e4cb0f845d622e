import type { ChatMessage } from '#day3/given/server-messages.ts';
import { isAfter, type Entry } from '#day5/given/bonus/entries.ts';
import { chatOf } from '#day5/given/bonus/chat-of.ts';

/**
 * What somebody may have missed whose last message had a certain id. Their node is gone, and it may have shown them that message
 * before others that stand in front of it in the stream: so all counts from where their message's sender had read (`seen`). Where
 * two entries have that message, the first one's counts.
 *
 * Such as: X is said on node 1, which shows it to its people at once. Y from node 2 was faster at Redis, and stands in front of X. Who
 * has seen X, and then loses node 1, has not seen Y.
 *
 * @param entries of the room's stream, oldest first; `chatOf(entry)` is the chat message in one, if there is one
 * @param id of the last message that they have seen
 * @returns each message once (by its id), in the order of the stream, without the one with that id; undefined where no entry has it
 */
export function missed(entries: Entry[], id: string): ChatMessage[] | undefined {
  const last = entries.find((entry) => chatOf(entry)?.id === id);
  if (!last) return undefined;
  const later = entries
    .filter((entry) => last.seen === '' || isAfter(entry.id, last.seen))
    .flatMap((entry) => chatOf(entry) ?? []);
  const once = new Map(later.map((message) => [message.id, message]));
  once.delete(id);
  return [...once.values()];
}
