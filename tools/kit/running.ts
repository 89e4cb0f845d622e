/** The check that is running. Suites and helpers find it here, so nobody has to pass it on. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Todo } from '#tools/todo.ts';

type CleanUp = () => void | Promise<void>;

/** The state of one check while it runs. */
export interface Running {
  module: string;
  exercise: string;
  check: string;
  todos: Map<string, Todo>;
  cleanUps: CleanUp[];
}

const running = new AsyncLocalStorage<Running>();
let current: Running | undefined;

/**
 * Makes a check the current one.
 *
 * @returns `run` calls the check's body, so that whatever it starts is known to belong to it; `owner` returns the check that
 *   started the code that runs now; `leave` ends it
 */
export function enter(mine: Running) {
  current = mine;
  return {
    run: <T>(body: () => T): T => running.run(mine, body),
    owner: (): Running | undefined => running.getStore(),
    leave: (): void => void (current = undefined),
  };
}

/** Fails a check with a sentence for the learner. */
export class Finding extends Error {
  override readonly name: string = 'Finding';
  /** which of the exercise's hints fits; 0: none does */
  readonly hint: number | undefined;
  /** the exercise that is to blame, if it isn't the one that the check is about: an exam tries several at once */
  readonly blames: string | undefined;

  constructor(what: string, { hint, blames, ...options }: ErrorOptions & { hint?: number; blames?: string } = {}) {
    super(what, options);
    this.hint = hint;
    this.blames = blames;
  }
}

/** The learner's file does not parse: nothing in it could be checked. */
export class Unread extends Finding {
  override readonly name = 'Unread';
}

/**
 * Fails the check that is running: `what` says in words what happened. `hint`: which hint fits, if not the check's. `blames`: the exercise
 * that is to blame, if not the check's.
 */
export function fail(what: string, options: { hint?: number; blames?: string } = {}): never {
  throw new Finding(what, options);
}

/** Registers something to close when the check ends, even if it throws. Later ones are closed first. */
export function onCleanUp(cleanUp: CleanUp): void {
  const owner = running.getStore() ?? current;
  if (!owner) throw new Error('The kit opens things inside a check only.');
  owner.cleanUps.push(cleanUp);
}

/** A key for the exercise that is running, and its suite. */
export const exerciseNow = (): string => {
  const { module, exercise } = running.getStore() ?? current ?? { module: '', exercise: '' };
  return `${module} ${exercise}`;
};
