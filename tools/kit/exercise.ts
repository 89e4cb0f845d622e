/**
 * `exercise` and `check`: the frame in which every exercise suite runs.
 *
 * A check fails with a sentence, not with a stack: what isn't written yet, what crashed, what was left open. It reports to the
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

/** The longest that a check may take, and that closing one thing may take. The kit's own waits end sooner, and say more. */
const CHECK_MS = 10_000;
const CLEAN_UP_MS = 5_000;

const course = inject('course');
/** vitest's own limit. It runs on at a breakpoint, so under a debugger it is off (0). */
const PATIENCE_MS = (course?.isDebugged ?? isDebugged()) ? 0 : 60_000;
const channel = course && new BroadcastChannel(course.channel);
(channel as unknown as { unref(): void } | undefined)?.unref();
/** Sends an event to the runner. */
export const post = (event: CheckEvent): void => channel?.postMessage(event);
// A sign of life. A worker in an endless loop can't send it, so the runner ends that worker.
if (channel) setInterval(() => post({ type: 'alive' }), 500).unref();

/** Prints a line of the suite itself, such as which Redis it uses. The runner keeps it apart from what the learner's code prints. */
export const note = (line: string): void => (channel ? post({ type: 'note', line }) : console.log(line));

/** Outside of any check, `todo` prints nothing: the learner's code hasn't printed that line. */
const betweenChecks = (): void => onTodo(channel ? () => {} : undefined);
betweenChecks();

/** What `body` throws, or undefined. A Todo is thrown on: the exercise isn't written yet. */
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
  /** Called before its checks. Returns in words what they need and this machine doesn't have; undefined if it has everything. */
  needs?: () => string | undefined | Promise<string | undefined>;
}

/**
 * One exercise of the course.
 *
 * @param title its number and its name, such as `1.1 acceptKey`
 * @param define registers the checks: `check('what must hold', async () => { … })`. A third argument, `{ hint: 2 }`, says which hint
 *   of the exercise fits if this check fails; the first by default
 * @param options.needs if something is missing, the checks are skipped, and the exercise is neither done nor failed
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

/** Runs one check. Returns what it failed with, or undefined. */
async function run(mine: Running, body: () => void | Promise<void>): Promise<unknown> {
  const checkNow = enter(mine);
  let stop: (todo: Todo) => void;
  const unwritten = new Promise<never>((_, reject) => (stop = reject));
  unwritten.catch(() => {});
  onTodo((exercise, subject) => {
    const todo = new Todo(exercise, subject);
    mine.todos.set(exercise, todo);
    if (exercise === mine.exercise) stop(todo); // what the check waits for will never come
  });
  const leaks = watchLeaks();
  const crash = catchCrashes(mine, checkNow.owner);
  let failure: unknown;
  try {
    const done = checkNow.run(async () => body());
    await Promise.race([
      limit(done, CHECK_MS, () => 'This check never ended: your code awaits something that never happens.'),
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
  // If this exercise isn't written yet, that explains everything that went wrong. Another unwritten exercise matters only after a failure.
  return (
    mine.todos.get(mine.exercise) ?? (failure === undefined ? undefined : ([...mine.todos.values()][0] ?? failure))
  );
}

/** The suites in which a check has failed. */
const failed = new Set<string>();

/** An error that nobody catches would end a real process. It fails the check that caused it. This replaces vitest's own listeners. */
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
    // A timer of an earlier check may go off during this one. Then the earlier check has failed.
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

/** What the runner needs to know about a failure, as plain data. */
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
    // expect appends both values to the message. The report shows them as got and expected.
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

/** Under vitest, `process.exit` throws an error instead. */
function thrownWords({ name, message }: Error): string {
  const [, code] = /^process\.exit unexpectedly called with "(.*)"$/.exec(message) ?? [];
  return code === undefined
    ? `The code threw ${name}: ${message}`
    : `The code called process.exit(${code === 'undefined' ? '' : code}): that would end the server, with every connection.`;
}

/** A value on one line that isn't too long for a terminal. */
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
