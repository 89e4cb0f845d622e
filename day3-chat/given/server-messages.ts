import { z } from 'zod';
import * as field from '#day3/given/fields.ts';

/** The user of a connection. It comes from the token, never from a message. Names aren't unique: `userId` tells people apart. */
const user = z.object({ userId: z.string(), name: z.string() });

/** The messages that the server sends, one schema each. The types below come from them, and tests check the server with them. */
export const serverMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('init'),
    room: field.room,
    userId: z.string(),
    /** `unreachable` (day 5): connected to another server, which can't be reached now */
    onlineUsers: z.array(user.extend({ unreachable: z.boolean().optional() })),
    /** the newest id that the server has, if it has a history: a client that has seen no message yet asks for what came after it */
    last: z.string().optional(),
  }),
  z.object({
    type: z.literal('chat'),
    id: z.string(),
    ...user.shape,
    text: field.text,
    timestamp: z.number(),
    key: field.key.optional(),
  }),
  z.object({ type: z.literal('joined'), ...user.shape }),
  z.object({ type: z.literal('left'), ...user.shape }),
  z.object({ type: z.literal('renamed'), ...user.shape }),
  z.object({ type: z.literal('typing'), ...user.shape }),
  z.object({ type: z.literal('gap') }),
  z.object({ type: z.literal('error'), code: z.string(), message: z.string() }),
]);

export type User = z.infer<typeof user> & { unreachable?: boolean };
export type ServerMessage = z.infer<typeof serverMessage>;
export type ChatMessage = Extract<ServerMessage, { type: 'chat' }>;
export type ErrorMessage = Extract<ServerMessage, { type: 'error' }>;
