/**
 * What the kit tells the runner on the BroadcastChannel.
 *
 * @typedef {{ kind: 'todo' | 'waits' | 'fail' | 'hang', message: string, exercise: string, stack: string, actual?: string, expected?: string }} CheckFailure
 * `kind` todo: the exercise is not written yet; waits: another one, `exercise`, is not; hang: it never returned
 *
 * @typedef {{ type: 'alive' }
 *   | { type: 'start', module: string, exercise: string, check: string }
 *   | { type: 'end', module: string, exercise: string, check: string, failure?: CheckFailure }
 *   | { type: 'late', module: string, exercise: string, check: string, failure: CheckFailure }} CheckEvent
 * late: after its end, while others ran, the check did something that fails it
 * `module` is the suite's path with its query, which names the variant
 */
export {};
