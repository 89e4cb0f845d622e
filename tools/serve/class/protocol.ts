/**
 * What travels between the board and everyone else. The board is day 3's chat server, unchanged, so each of these is the `text` of a chat
 * message, as JSON. The room says who is talking: learners, voters, or the instructor.
 */
import { z } from 'zod';
import * as field from '#day3/given/fields.ts';

/** How much of everything the board takes. Day 3's limits hold as well: 1,000 characters per text, 16 KiB per message. */
export const LIMITS = {
  rows: 500,
  voters: 1000,
  connections: 2000,
  /** the reports that a learner's machine keeps while it can't reach the board, and the keys that the board remembers for each row */
  reports: 50,
};

/** The port of the board, if nobody chooses another. The instructor needs 8080 for the servers of the course, and 8090 for day 5's dashboard. */
export const USUAL_PORT = 8070;

/** How an exercise is going: written and right, not written yet, or written and wrong. */
export const MARKS = ['done', 'open', 'wrong'] as const;
export type Mark = (typeof MARKS)[number];

const exercise = z.string().regex(/^\d\.\d$/, 'an exercise looks like 1.2');
const question = z.string().regex(/^\d\.\d{1,2}$/, 'a question looks like 1.2');

/** What can be said in each room. */
export const WISHES = {
  learner: z.discriminatedUnion('do', [
    /** `ago`: how many ms ago the tests ran. A time of day would need two clocks that agree. */
    z.object({
      do: z.literal('report'),
      ago: z.number().min(0),
      marks: z.record(exercise, z.enum(MARKS)),
    }),
    z.object({ do: z.literal('rename'), name: field.name }),
    z.object({ do: z.literal('leave') }),
  ]),
  voter: z.object({ do: z.literal('vote'), question, choice: z.number().int().min(0).max(9) }),
  instructor: z.discriminatedUnion('do', [
    z.object({ do: z.literal('ask'), question }),
    z.object({ do: z.literal('reveal') }),
    z.object({ do: z.literal('end') }),
    z.object({ do: z.literal('remove'), name: z.string() }),
    z.object({ do: z.literal('forget') }),
  ]),
};
export type Room = keyof typeof WISHES;
export type Wish<R extends Room = Room> = z.infer<(typeof WISHES)[R]>;

/** Why the board doesn't do what it was asked to. */
export interface Refusal {
  code: string;
  message: string;
}

/** A question as the pages show it. */
export interface ShownQuestion {
  id: string;
  title: string;
  text: string;
  /** `count`, `isRight` and `why` are there when the instructor has revealed them */
  options: { text: string; count?: number; isRight?: boolean; why?: string }[];
  /** how many have voted */
  votes: number;
  isRevealed: boolean;
}

/** What the board's page shows. The server sends it again after each change. */
export interface BoardView {
  /** ms since 1970, by the board's clock */
  now: number;
  rows: {
    name: string;
    marks: Record<string, Mark>;
    /** for each day: the first exercise that isn't done (null if all are), since when, in ms since 1970 */
    at: Record<string, { exercise: string | null; since: number }>;
  }[];
  question: ShownQuestion | null;
}

/** What the voters' page shows. */
export interface VoterView {
  question: ShownQuestion | null;
  /** this voter's own choice */
  mine: number | null;
}
