/**
 * `exercise` and `check`: the frame in which every exercise suite runs.
 *
 * A check fails with words, never by a stack: what was not written yet, what crashed, what was left open. It tells the
 * runner on a BroadcastChannel, so that the results survive even a check that never returns.
 */
import { inspect } from 'node:util';
import { describe, inject, test } from 'vitest';
import { onTodo, Todo } from '#tools/todo.ts';
import type { CheckEvent, CheckFailure } from '#tools/run/events.js';
import { isDebugged } from '#tools/run/debugged.js';
import { waitingFor } from '#tools/run/waiting.js';
import { watchLeaks } from './leaks.ts';
import { enter, Finding, Unread, type Running } from './running.ts';
import { limit } from './within.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** set by tools/run; absent under a plain `npx vitest` */
    course?: { channel: string; only: string[]; skip: string[]; bail: boolean; isDebugged: boolean };
  }
}

/** The longest that a check may take, and that closing one thing may. Waits of the kit's own end sooner, and say more. */
const CHECK_MS = 10_000;
const CLEAN_UP_MS = 5_000;

const course = inject('course');
/** vitest's own limit, which does not stop at a breakpoint; 0 for none. */
const PATIENCE_MS = (course?.isDebugged ?? isDebugged()) ? 0 : 60_000;
const channel = course && new BroadcastChannel(course.channel);
(channel as unknown as { unref(): void } | undefined)?.unref();
/** Tells the runner. */
export const post = (event: CheckEvent): void => channel?.postMessage(event);
// A sign of life: a worker in an endless loop cannot give it, and the runner ends it.
if (channel) setInterval(() => post({ type: 'alive' }), 500).unref();

/** A line of the suite's own, such as what it runs on: told apart from what the learner's code prints. */
export const note = (line: string): void => (channel ? post({ type: 'note', line }) : console.log(line));

/** Outside of any check a hole says nothing: it is the course's own line, and none that the learner's code has printed. */
const betweenChecks = (): void => onTodo(channel ? () => {} : undefined);
betweenChecks();

/** What `body` throws, or undefined. An exercise that is not written yet stays just that: its Todo goes through. */
export function thrownBy(body: () => unknown): unknown {
  try {
    body();
  } catch (error) {
    if (error instanceof Todo) throw error;
    return error ?? new Error('undefined was thrown');
  }
  return undefined;
}

type Check = (name: string, body: () => void | Promise<void>, options?: { hint?: number }) => void;

export interface ExerciseOptions {
  /** Asked before its checks: what they need and this machine has not, in words. Undefined: it is all here. */
  needs?: () => string | undefined | Promise<string | undefined>;
}

/**
 * One exercise of the course.
 *
 * @param title its number and its name, such as `1.1 acceptKey`
 * @param define registers the checks: `check('what must hold', async () => { … })`. A third argument, `{ hint: 2 }`, says which hint
 *   of the exercise fits if this check fails; the first by default
 * @param options.needs where something is missing, its checks are skipped, and the exercise is neither done nor failed
 */
export function exercise(title: string, define: (check: Check) => void, { needs }: ExerciseOptions = {}): void {
  const id = title.split(' ')[0];
  describe(title, () => {
    define((name, body, { hint } = {}) => {
      test(name, { timeout: PATIENCE_MS }, async ({ skip, task }) => {
        const module = task.file.filepath;
        const only = course?.only ?? [];
        if (only.length > 0 && !only.includes(id)) skip();
        if (course?.skip.some((done) => done === `${module} ${id}` || done === `${module} ${id} ${name}`)) skip();
        if (course?.bail && failed.has(module)) skip();
        const missing = await needs?.();
        if (missing !== undefined) skip(missing);
        post({ type: 'start', module, exercise: id, check: name });
        const failure = await run({ module, exercise: id, check: name, todos: new Map(), cleanUps: [] }, body);
        if (failure !== undefined) failed.add(module);
        post({
          type: 'end',
          module,
          exercise: id,
          check: name,
          failure: failure === undefined ? undefined : { hint, ...describeFailure(failure, id) },
        });
        // Under a plain `npx vitest` and in editors: open, and no stack.
        if (!course && failure instanceof Todo) skip(failure.message);
        if (!course && failure !== undefined && (await waitingFor(id))) skip(`It needs ${await waitingFor(id)}.`);
        if (failure !== undefined) throw failure;
      });
    });
  });
}

/** Runs one check; gives what it failed with, or undefined. */
async function run(mine: Running, body: () => void | Promise<void>): Promise<unknown> {
  const checkNow = enter(mine);
  let stop: (todo: Todo) => void;
  const unwritten = new Promise<never>((_, reject) => (stop = reject));
  unwritten.catch(() => {});
  onTodo((exercise, subject) => {
    const todo = new Todo(exercise, subject);
    mine.todos.set(exercise, todo);
    if (exercise === mine.exercise) stop(todo); // whatever the check goes on to wait for will not come
  });
  const leaks = watchLeaks();
  const crash = catchCrashes(mine, checkNow.owner);
  let failure: unknown;
  try {
    const done = checkNow.run(async () => body());
    await Promise.race([
      limit(done, CHECK_MS, () => 'This check never ended: your code awaits something that never comes.'),
      crash.happened,
      unwritten,
    ]);
  } catch (error) {
    failure = error ?? new Finding('The code threw nothing at all: `throw undefined`.');
  }
  for (const cleanUp of mine.cleanUps.reverse()) {
    try {
      await limit(
        Promise.resolve(cleanUp()),
        CLEAN_UP_MS,
        () => 'The connections and servers of this check could not be closed at its end.',
      );
    } catch (error) {
      failure ??= error;
    }
  }
  // After a failure, too: a rejection that nobody catches belongs to this check, and a worker that ends while a socket is being
  // read takes the whole process with it.
  const left = await leaks.found();
  failure ??= left;
  failure ??= crash.caught();
  crash.restore();
  betweenChecks();
  checkNow.leave();
  // A place not written yet explains whatever went wrong after it. Another exercise's matters only if something did.
  return (
    mine.todos.get(mine.exercise) ?? (failure === undefined ? undefined : ([...mine.todos.values()][0] ?? failure))
  );
}

/** The suites of which a check has failed. */
const failed = new Set<string>();

/** An error that nobody catches ends a real process: it fails the check that caused it, in place of vitest's own listeners. */
function catchCrashes(mine: Running, ownerNow: () => Running | undefined) {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => process.listeners(event as 'uncaughtException'));
  let crashed: { error: unknown } | undefined;
  let reject: (error: unknown) => void;
  const happened = new Promise<never>((_, no) => (reject = no));
  happened.catch(() => {});
  const onCrash = (error: unknown): void => {
    // A Todo thrown from an event handler doesn't need the words for a crash: it has the exercise's own message.
    const failure = error instanceof Todo ? error : new Crash(error);
    // A timer of an earlier check may go off in this one: the failure is that check's.
    const owner = ownerNow();
    if (channel && owner && owner !== mine) {
      const { module, exercise, check } = owner;
      return post({ type: 'late', module, exercise, check, failure: describeFailure(failure, exercise) });
    }
    crashed ??= { error: failure };
    reject(crashed.error);
  };
  for (const event of events) {
    process.removeAllListeners(event);
    process.on(event, onCrash);
  }
  return {
    happened,
    caught: () => crashed?.error,
    restore() {
      events.forEach((event, i) => {
        process.removeAllListeners(event);
        for (const listener of before[i]) process.on(event, listener as () => void);
      });
    },
  };
}

/** The process would have ended here. */
class Crash extends Finding {
  constructor(cause: unknown) {
    const text = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    super(`The server would be down now: an error that nothing catches ends a Node process.\n${text}`, { cause });
  }
}

/** What the runner has to know of a failure, as plain data. */
function describeFailure(error: unknown, id: string): CheckFailure {
  if (error instanceof Todo)
    return {
      kind: error.exercise === id ? 'todo' : 'waits',
      message: error.message,
      exercise: error.exercise,
      stack: '',
    };
  const isError = error instanceof Error;
  const thrown = isError && !(error instanceof Finding) && !('actual' in error);
  const cause = isError && error.cause instanceof Error ? error.cause : undefined;
  const shown = error as { message?: string; actual?: unknown; expected?: unknown; showDiff?: boolean };
  return {
    kind: error instanceof Unread ? 'unread' : 'fail',
    // What expect appends to the sentence is said by got and expected.
    message: isError
      ? thrown
        ? thrownWords(error)
        : error.message.replace(/(?<=[.!?]): expected [^]*$/, '')
      : `The code threw ${String(error)}`,
    exercise: id,
    stack: (cause ?? (isError ? error : undefined))?.stack ?? '',
    ...(error instanceof Finding && error.hint !== undefined && { hint: error.hint }),
    ...(error instanceof Finding && error.blames !== undefined && { blames: error.blames }),
    ...(isError && error.name === 'AssertionError' && { actual: show(shown.actual), expected: show(shown.expected) }),
  };
}

/** vitest does not let `process.exit` through: it throws. */
function thrownWords({ name, message }: Error): string {
  const [, code] = /^process\.exit unexpectedly called with "(.*)"$/.exec(message) ?? [];
  return code === undefined
    ? `The code threw ${name}: ${message}`
    : `The code called process.exit(${code === 'undefined' ? '' : code}): that would end the server, with every connection.`;
}

/** A value on one line, not longer than a terminal's. */
export function show(value: unknown): string {
  if (value instanceof Uint8Array) {
    const hex = [...value.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    return `${value.length} bytes${value.length ? `: ${hex}${value.length > 16 ? ' …' : ''}` : ''}`;
  }
  if (value instanceof Promise) return 'a Promise (of an async function; the value itself was expected)';
  const text =
    typeof value === 'string'
      ? JSON.stringify(value)
      : inspect(value, { compact: true, breakLength: Infinity, depth: 4, maxStringLength: 200 });
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
