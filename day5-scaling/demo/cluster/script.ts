/** What can be done to the cluster: by a key, by a button, or by its name in a script. */
export interface Action {
  name: 'kill' | 'stop' | 'revive' | 'freeze' | 'thaw';
  target: 'redis' | 1 | 2 | 3;
}

export type Step = { wait: number } | Action;

/** The keys, in the terminal and on the dashboard. If something is dead already, its key revives it. */
export const KEYS: { keys: string; says: string }[] = [
  { keys: '1 2 3', says: 'kill node 1, 2 or 3 (SIGKILL). Press again to revive it' },
  { keys: '4 5 6', says: 'stop node 1, 2 or 3 as a deployment does. Press again to revive it' },
  { keys: 'r', says: 'kill Redis. Press again to revive it' },
  { keys: 'f', says: 'freeze Redis (SIGSTOP): it is there, but does not answer. Press again to thaw it' },
  { keys: 'q', says: 'end with a report on each bot, like Ctrl+C (in the terminal only)' },
];

/** What a key does at this moment. @param isAlive whether a node or Redis is alive @param isFrozen whether Redis is frozen */
export function actionOf(
  key: string,
  isAlive: (target: Action['target']) => boolean,
  isFrozen: () => boolean,
): Action | undefined {
  if (key === 'f') return { name: isFrozen() ? 'thaw' : 'freeze', target: 'redis' };
  const place = '123456'.indexOf(key);
  if (key !== 'r' && place < 0) return undefined;
  const target = key === 'r' ? 'redis' : (((place % 3) + 1) as 1 | 2 | 3);
  if (!isAlive(target)) return { name: 'revive', target };
  return { name: place >= 3 ? 'stop' : 'kill', target };
}

/**
 * Reads a script such as `wait 5, kill 1, wait 5, revive 1, kill redis, wait 5, revive redis`. `wait` is in seconds.
 *
 * @throws Error with one line that says what is wrong
 */
export function readScript(text: string): Step[] {
  return text.split(',').map((part) => {
    const step = part.trim();
    const [, seconds] = /^wait (\d+(?:\.\d+)?)$/.exec(step) ?? [];
    if (seconds !== undefined && Number(seconds) <= 3600) return { wait: Number(seconds) };
    const action = readAction(step);
    if (!action)
      throw new Error(
        `Unknown step "${step}". Known are: wait 5 (seconds), kill 1, stop 1, revive 1, kill redis, freeze redis, thaw redis, revive redis; the nodes are 1, 2 and 3.`,
      );
    return action;
  });
}

/** @returns undefined if the text is not an action: it comes over the network */
export function readAction(text: string): Action | undefined {
  const [, name, target] =
    /^(?=(?:kill|stop|revive) [123]$|(?:kill|revive|freeze|thaw) redis$)(\w+) (\w+)$/.exec(text) ?? [];
  if (!name) return undefined;
  return { name: name as Action['name'], target: target === 'redis' ? target : (Number(target) as 1 | 2 | 3) };
}
