import { z } from 'zod';
import * as field from '#day3/given/fields.ts';

const from = {
  v: z.literal(1),
  node: z.string().min(1).max(100),
  /** a random text that is new after each restart of the node */
  epoch: z.string().max(100),
  /** how often, since its start, somebody on that node has come, gone or changed their name */
  version: z.number().int().nonnegative(),
};
const person = { room: field.room, userId: z.string() };

/** A node sends these reports about its people to the others, on one channel for all rooms. */
const report = z.discriminatedUnion('type', [
  z.object({ type: z.literal('here'), ...from, ...person, name: z.string() }),
  z.object({ type: z.literal('gone'), ...from, ...person }),
  /** the node is alive. A node that knows another version of it has missed something */
  z.object({ type: z.literal('alive'), ...from }),
  /** asks a node for the list of all its people. If `to` is empty, it asks every node */
  z.object({ type: z.literal('ask'), ...from, to: z.string() }),
  z.object({ type: z.literal('all'), ...from, people: z.array(z.object({ ...person, name: z.string() })) }),
  z.object({ type: z.literal('bye'), ...from }),
]);

export type Report = z.infer<typeof report>;

/** @returns the report, or undefined if the text is not a report of this version */
export function readReport(text: string): Report | undefined {
  try {
    return report.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
