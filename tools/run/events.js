/**
 * What the kit reports to the runner on the BroadcastChannel.
 *
 * @typedef {{ kind: 'todo' | 'waits' | 'fail' | 'hang' | 'unread', message: string, exercise: string, stack: string, actual?: string, expected?: string, hint?: number, blames?: string }} CheckFailure
 * `kind` todo: the exercise is not written yet; waits: another one, `exercise`, is not; hang: it never returned; unread: its file does not parse
 * `hint`: which of the exercise's hints fits, the first by default; 0 if none does
 * `blames`: another exercise than the one that the check is about
 *
 * @typedef {{ type: 'alive' }
 *   | { type: 'note', line: string }
 *   | { type: 'trial', exercise: string, check: string, together: boolean }
 *   | { type: 'held', words: string }
 *   | { type: 'start', module: string, exercise: string, check: string }
 *   | { type: 'end', module: string, exercise: string, check: string, failure?: CheckFailure }
 *   | { type: 'late', module: string, exercise: string, check: string, failure: CheckFailure }} CheckEvent
 * note: a line of the suite itself
 * trial: an exam will run this check (`together`: it tries everything at once); held: what the learner's code withstood, in the running check
 * late: the check did something wrong after its end, while others were running
 * `module` is the suite's path with its query, which names the variant
 */
export {};
