/*
 * What you have
 *
 *   Entry: { id, text, seen }   one entry of the stream. `seen` is the id of the last entry that the sender's node had read, or ''
 *   chatOf(entry)               the chat message in an entry; undefined if it has another message, or none
 *   isAfter(id, other)          whether the entry with the first id comes after the other one
 */
import type { ChatMessage } from '#day3/given/server-messages.ts';
import { isAfter, type Entry } from '#day5/given/for-bonus/entries.ts';
import { chatOf } from '#day5/given/for-bonus/chat-of.ts';
import { todo } from '#tools/todo.ts';

/**
 * Finds the messages that somebody may have missed because their node is gone. That node showed its own messages at once, so the last
 * message that they saw may come later in the stream than messages that they never saw. For example: X is said on node 1, which
 * shows it to its people at once. Y from node 2 reaches Redis first, so it comes before X in the stream. A person on node 1 who has
 * seen X has not seen Y.
 *
 * So find the entry with the last message that they saw, and return the chat messages of all entries after its `seen`. If two entries
 * have that message, use the first one. If its `seen` is empty, all entries count.
 *
 * @param entries the stream of the room, oldest first
 * @param id the id of the last message that they have seen
 * @returns each message once (by its id), in the order of the stream, without the one with that id; undefined if no entry has it
 */
export function missed(entries: Entry[], id: string): ChatMessage[] | undefined {
  // TODO 5.b
  //   1. Find the entry with that message.
  //   2. Take the chat messages of all entries after its `seen`.
  //   3. Leave out copies, and the message that they have seen.
  todo('5.b', 'missed');
  return undefined; // a placeholder, so that the rest works meanwhile: remove it, too
}
