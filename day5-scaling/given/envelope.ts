import { z } from 'zod';
import { serverMessage } from '#day3/given/server-messages.ts';
import * as field from '#day3/given/fields.ts';

/** What one node tells the others: a message for a room, and where it comes from. */
const envelope = z.object({
  /** of this format. During an update old and new nodes talk on one channel. */
  v: z.literal(1),
  /** the node's name */
  node: z.string().min(1).max(100),
  /** another one after each restart of the node; then it counts from 1 again */
  epoch: z.string().max(100),
  /** one up with each message of this node for this room */
  seq: z.number().int().positive(),
  room: field.room,
  message: serverMessage,
  /** a userId that is not to get it */
  except: z.string().optional(),
});

export type Envelope = z.infer<typeof envelope>;

/** @param text what came on the bus. @throws SyntaxError where it is not JSON, ZodError where it is no envelope of this version */
export const readEnvelope = (text: string): Envelope => envelope.parse(JSON.parse(text));
