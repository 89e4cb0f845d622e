/**
 * The marks of an exercise that is not written yet. Runs in Node and in the browser.
 *
 * A pure function starts with `throw new Todo('1.1', 'acceptKey')`. A place that a running server passes through starts
 * with `todo('1.7', 'startHeartbeat')` instead: it says so once on the console and returns.
 */

/** A letter after the dot marks a bonus: an optional exercise. */
const called = (exercise: string): string =>
  /\.[a-z]$/.test(exercise) ? `Bonus exercise ${exercise}` : `Exercise ${exercise}`;

/** Thrown by an exercise that isn't written yet. */
export class Todo extends Error {
  override readonly name = 'Todo';
  readonly exercise: string;

  /**
   * @param exercise the number of the exercise, such as `1.1`
   * @param subject the function or method that is to be written
   */
  constructor(exercise: string, subject: string) {
    super(`${called(exercise)}, ${subject}, is not written yet.`);
    this.exercise = exercise;
  }
}

const said = new Set<string>();
const LISTENER = Symbol.for('websockets-in-5-days.todo');
type Listener = (exercise: string, subject: string) => void;

/**
 * Records that an exercise is not written yet, says so once on the console, and returns.
 *
 * @param exercise the number of the exercise, such as `1.7`
 * @param subject the function or method that is to be written
 */
export function todo(exercise: string, subject: string): void {
  const listener = (globalThis as { [LISTENER]?: Listener })[LISTENER];
  if (listener) return listener(exercise, subject);
  if (said.has(exercise)) return;
  said.add(exercise);
  console.warn(`${called(exercise)}, ${subject}, is not written yet. The rest goes on without it.`);
}

/**
 * Hears of every `todo` from now on, in place of the console. The test kit uses it.
 *
 * @param listener called with the number and the subject, or `undefined` for the console again
 */
export function onTodo(listener: Listener | undefined): void {
  (globalThis as { [LISTENER]?: Listener })[LISTENER] = listener;
}
