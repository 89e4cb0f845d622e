import { z } from 'zod';
import * as field from '#day3/given/fields.ts';

const from = {
  v: z.literal(1),
  node: z.string().min(1).max(100),
  /** another one after each restart of the node */
  epoch: z.string().max(100),
  /** how many times somebody has come, gone or changed their name there, since the start */
  version: z.number().int().nonnegative(),
};
const person = { room: field.room, userId: z.string() };

/** What a node tells the others about its people, on one channel for all rooms. */
const report = z.discriminatedUnion('type', [
  z.object({ type: z.literal('here'), ...from, ...person, name: z.string() }),
  z.object({ type: z.literal('gone'), ...from, ...person }),
  /** a sign of life; who knows of another version has missed something */
  z.object({ type: z.literal('alive'), ...from }),
  /** asks one node for all its people; `whom` is empty for each node */
  z.object({ type: z.literal('ask'), ...from, whom: z.string() }),
  z.object({ type: z.literal('all'), ...from, people: z.array(z.object({ ...person, name: z.string() })) }),
  z.object({ type: z.literal('bye'), ...from }),
]);

export type Report = z.infer<typeof report>;

/** @returns undefined where the text is no report of this version */
export function readReport(text: string): Report | undefined {
  try {
    return report.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
