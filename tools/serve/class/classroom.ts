import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import {
  LIMITS,
  MARKS,
  type BoardView,
  type Mark,
  type Refusal,
  type ShownQuestion,
  type VoterView,
} from './protocol.ts';
import type { Question } from './questions.ts';

const row = z.object({
  name: z.string(),
  /** by exercise: how it went, and when the tests ran */
  marks: z.record(z.string(), z.object({ mark: z.enum(MARKS), at: z.number() })),
  /** by day: the first exercise that isn't done, and since when */
  at: z.record(z.string(), z.object({ exercise: z.string().nullable(), since: z.number() })),
  reports: z.number(),
  /** the keys of the last reports, so that a report that is sent twice counts once */
  keys: z.array(z.string()),
});

/** All that the board keeps, as it is in the file. */
export const state = z.object({
  /** signs the tokens of learners and voters */
  secret: z.string(),
  port: z.number(),
  /** by userId */
  rows: z.record(z.string(), row),
  /** the users whose rows the instructor has taken off the board */
  removed: z.array(z.string()),
  question: z.object({ id: z.string(), isRevealed: z.boolean(), votes: z.record(z.string(), z.number()) }).nullable(),
});
export type State = z.infer<typeof state>;

/** The state of a class that has just begun. */
export const emptyState = (): State => ({
  secret: randomBytes(32).toString('base64url'),
  port: 0,
  rows: {},
  removed: [],
  question: null,
});

/** Each day's exercises in their order, by the day's number. */
export type Exercises = Record<string, string[]>;

/**
 * What the board knows: how far everyone is, which question is asked, who voted for what. It has no network, no file and no clock. Each method
 * that may refuse returns the reason, and undefined if it did what was asked.
 */
export class Classroom {
  readonly state: State;
  readonly #exercises: Exercises;
  readonly #questions: Map<string, Question>;

  constructor(state: State, exercises: Exercises, questions: Question[]) {
    this.state = state;
    this.#exercises = exercises;
    this.#questions = new Map(questions.map((one) => [one.id, one]));
  }

  /** Gives a learner a row; one who has a row keeps it, with its name. */
  enter(userId: string, name: string): Refusal | undefined {
    const { rows, removed } = this.state;
    if (Object.hasOwn(rows, userId)) return undefined;
    if (removed.includes(userId)) return REMOVED;
    if (Object.keys(rows).length >= LIMITS.rows)
      return { code: 'full', message: `The board is full: it has ${LIMITS.rows} rows.` };
    const taken = this.#taken(name);
    if (taken) return taken;
    rows[userId] = { name, marks: {}, at: {}, reports: 0, keys: [] };
  }

  rename(userId: string, name: string): Refusal | undefined {
    const taken = this.#taken(name, userId);
    if (taken) return taken;
    this.state.rows[userId].name = name;
  }

  leave(userId: string): void {
    delete this.state.rows[userId];
  }

  /** Takes the row with that name off the board, for good: its learner has to join again. */
  remove(name: string): Refusal | undefined {
    const [userId] = Object.entries(this.state.rows).find(([, one]) => folded(one.name) === folded(name)) ?? [];
    if (userId === undefined) return { code: 'no-such-name', message: 'Nobody on the board has that name.' };
    delete this.state.rows[userId];
    this.state.removed = [...this.state.removed, userId].slice(-LIMITS.rows);
  }

  /** Whether this report is in the row already. */
  has(userId: string, key: string): boolean {
    return Object.hasOwn(this.state.rows, userId) && this.state.rows[userId].keys.includes(key);
  }

  /** @param at when the tests ran, in ms since 1970. A report may come late: an older one doesn't replace what a newer one said. */
  report(userId: string, key: string, marks: Record<string, Mark>, at: number): void {
    const mine = this.state.rows[userId];
    mine.reports++;
    mine.keys = [...mine.keys, key].slice(-LIMITS.reports);
    for (const [day, exercises] of Object.entries(this.#exercises)) {
      const reported = exercises.filter((id) => id in marks && !(mine.marks[id]?.at > at));
      if (reported.length === 0) continue;
      for (const id of reported) mine.marks[id] = { mark: marks[id], at };
      const exercise = exercises.find((id) => mine.marks[id]?.mark !== 'done') ?? null;
      if (mine.at[day]?.exercise !== exercise) mine.at[day] = { exercise, since: at };
    }
  }

  ask(id: string): Refusal | undefined {
    if (!this.#questions.has(id))
      return {
        code: 'no-such-question',
        message: `No question is called ${id}. These are ${[...this.#questions.keys()].join(', ')}.`,
      };
    this.state.question = { id, isRevealed: false, votes: {} };
  }

  reveal(): Refusal | undefined {
    if (!this.state.question) return NO_QUESTION;
    this.state.question.isRevealed = true;
  }

  end(): Refusal | undefined {
    if (!this.state.question) return NO_QUESTION;
    this.state.question = null;
  }

  /** A voter's choice replaces the one before. */
  vote(userId: string, id: string, choice: number): Refusal | undefined {
    const asked = this.state.question;
    if (asked?.id !== id) return NO_QUESTION;
    if (asked.isRevealed) return { code: 'revealed', message: 'The answers are on the board already.' };
    if (choice >= (this.#questions.get(id)?.options.length ?? 0))
      return { code: 'no-such-choice', message: 'The question has no such answer.' };
    if (!Object.hasOwn(asked.votes, userId) && Object.keys(asked.votes).length >= LIMITS.voters)
      return { code: 'full', message: `There are ${LIMITS.voters} votes already.` };
    asked.votes[userId] = choice;
  }

  /** What the board's page shows. @param now in ms since 1970 */
  boardView(now: number): BoardView {
    const rows = Object.values(this.state.rows).map(({ name, marks, at }) => ({
      name,
      marks: Object.fromEntries(Object.entries(marks).map(([id, { mark }]) => [id, mark])),
      at,
    }));
    return { now, rows, question: this.#shown() };
  }

  voterView(userId: string): VoterView {
    const question = this.#shown();
    // The number of votes grows all the time. On the voters' pages it is shown with the bars, so it isn't sent before.
    const quiet = question && !question.isRevealed ? { ...question, votes: 0 } : question;
    return { question: quiet, mine: this.state.question?.votes[userId] ?? null };
  }

  #shown(): ShownQuestion | null {
    const asked = this.state.question;
    const question = asked && this.#questions.get(asked.id);
    if (!asked || !question) return null;
    const { id, title, text } = question;
    const choices = Object.values(asked.votes);
    const options = question.options.map((option, i) =>
      asked.isRevealed ? { ...option, count: choices.filter((choice) => choice === i).length } : { text: option.text },
    );
    return { id, title, text, options, votes: choices.length, isRevealed: asked.isRevealed };
  }

  #taken(name: string, except?: string): Refusal | undefined {
    const isTaken = Object.entries(this.state.rows).some(
      ([userId, one]) => userId !== except && folded(one.name) === folded(name),
    );
    return isTaken
      ? { code: 'name-taken', message: 'Somebody on the board has that name. Choose another one.' }
      : undefined;
  }
}

/** The answer to a learner who has no row any more. */
export const REMOVED: Refusal = { code: 'removed', message: 'The instructor has taken this row off the board.' };
const NO_QUESTION: Refusal = { code: 'no-question', message: 'That question is not being asked now.' };

/** The same text for names that look the same: "Ann", "ann", and "Ann" with a character between that nobody sees. */
const folded = (name: string): string =>
  name
    .normalize('NFKC')
    .replace(/[\p{Default_Ignorable_Code_Point}\p{Cf}\s]/gu, '')
    .toLowerCase();
