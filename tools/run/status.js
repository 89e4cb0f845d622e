/**
 * Turns the results of its checks into the state of an exercise: done, not written yet, waiting for another, failed, in a file with a
 * syntax error, or skipped because its checks need something that this machine doesn't have.
 *
 * @typedef {{ exercise: import('./catalogue.js').Exercise, state: 'done' | 'todo' | 'waits' | 'fail' | 'unread' | 'missing', waitsFor?: string, missing?: string,
 *   checks: import('./vitest.js').CheckResult[], failed?: import('./vitest.js').CheckResult }} Status
 * `failed`: the check that the panel is about; `missing`: what this machine doesn't have, in words
 */

/**
 * @param {import('./catalogue.js').Exercise[]} exercises in the order in which they should be done
 * @param {Map<string, import('./vitest.js').CheckResult[]>} results of each exercise
 * @returns {Status[]}
 */
export function statuses(exercises, results) {
  /** @type {Status[]} */
  const all = [];
  for (const exercise of exercises) {
    const checks = results.get(exercise.id) ?? [];
    const failures = checks.filter((check) => check.failure);
    const of = (/** @type {string[]} */ ...kinds) =>
      failures.find((check) => kinds.includes(check.failure?.kind ?? ''));
    const open = exercise.waitsFor?.find((id) => all.some((one) => one.exercise.id === id && one.state !== 'done'));
    const absent = checks.find((check) => check.missing !== undefined);
    if (absent) all.push({ exercise, state: 'missing', missing: absent.missing, checks });
    else if (checks.length > 0 && failures.length === 0) all.push({ exercise, state: 'done', checks });
    else if (of('unread')) all.push({ exercise, state: 'unread', checks, failed: of('unread') });
    else if (of('todo')) all.push({ exercise, state: 'todo', checks, failed: of('todo') });
    else if (open) all.push({ exercise, state: 'waits', waitsFor: open, checks });
    else if (of('fail', 'hang')) all.push({ exercise, state: 'fail', checks, failed: of('fail', 'hang') });
    else if (of('waits')) all.push({ exercise, state: 'waits', waitsFor: of('waits')?.failure?.exercise, checks });
    else all.push({ exercise, state: 'fail', checks });
  }
  return all;
}

/** Those that could be checked. Only they count. @param {Status[]} all */
export const counted = (all) => all.filter(({ state }) => state !== 'missing');
