/**
 * What the kit tells the runner on the BroadcastChannel.
 *
 * @typedef {{ kind: 'todo' | 'waits' | 'fail' | 'hang' | 'unread', message: string, exercise: string, stack: string, actual?: string, expected?: string, hint?: number }} CheckFailure
 * `kind` todo: the exercise is not written yet; waits: another one, `exercise`, is not; hang: it never returned; unread: its file does not parse
 * `hint`: which of the exercise's hints fits, the first by default; 0 if none does
 *
 * @typedef {{ type: 'alive' }
 *   | { type: 'note', line: string }
 *   | { type: 'start', module: string, exercise: string, check: string }
 *   | { type: 'end', module: string, exercise: string, check: string, failure?: CheckFailure }
 *   | { type: 'late', module: string, exercise: string, check: string, failure: CheckFailure }} CheckEvent
 * note: a line of the suite's own
 * late: after its end, while others ran, the check did something that fails it
 * `module` is the suite's path with its query, which names the variant
 */
export {};
