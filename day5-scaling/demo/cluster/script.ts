/** What can be done to the cluster: by a key, a button, or its name in a script. */
export interface Action {
  name: 'kill' | 'stop' | 'revive' | 'freeze' | 'thaw';
  target: 'redis' | 1 | 2 | 3;
}

export type Step = { wait: number } | Action;

/** The keys in the terminal. What is dead already is revived, what is frozen thawed. */
export const KEYS: { keys: string; says: string }[] = [
  { keys: '1 2 3', says: 'kill node 1, 2, 3 (SIGKILL); once more: revive it' },
  { keys: '4 5 6', says: 'stop node 1, 2, 3 as a deployment does; once more: revive it' },
  { keys: 'r', says: 'kill Redis; once more: revive it' },
  { keys: 'f', says: 'freeze Redis (SIGSTOP: it is there, and does not answer); once more: thaw it' },
  { keys: 'q', says: 'end, with a report of each bot; so does Ctrl+C' },
];

/** What a key does, as things stand. @param isAlive of a node, or of Redis; @param isFrozen of Redis */
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

/** @returns undefined where it is none: a button's words come over the network */
export function readAction(text: string): Action | undefined {
  const [, name, target] =
    /^(?=(?:kill|stop|revive) [123]$|(?:kill|revive|freeze|thaw) redis$)(\w+) (\w+)$/.exec(text) ?? [];
  if (!name) return undefined;
  return { name: name as Action['name'], target: target === 'redis' ? target : (Number(target) as 1 | 2 | 3) };
}
