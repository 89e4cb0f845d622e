import type { Chaos } from './proxy.ts';

/** What chaos can do to the line: by a key, or by its name in a script. */
export const ACTIONS: { key: string; name: string; says: string; act: (chaos: Chaos, amount?: number) => void }[] = [
  {
    key: 'o',
    name: 'outage',
    says: 'an outage begins: every connection is cut, and new ones are refused; or it ends',
    act: (chaos) => chaos.outage(!chaos.weather.refuse),
  },
  { key: 'c', name: 'cut', says: 'cut every connection, once', act: (chaos) => chaos.cut() },
  {
    key: 'r',
    name: 'refuse',
    says: 'refuse new connections, or accept them again',
    act: ({ weather }) => (weather.refuse = !weather.refuse),
  },
  {
    key: 's',
    name: 'stall',
    says: 'stall: nothing passes, and nobody is told; or only new connections work again',
    act: (chaos) => chaos.stall(!chaos.weather.stall),
  },
  {
    key: 'd',
    name: 'delay',
    says: 'delay everything by 500 ms, or no longer',
    act: ({ weather }, ms = 500) => (weather.delayMs = weather.delayMs ? 0 : ms),
  },
  {
    key: 'l',
    name: 'limit',
    says: 'let only 200 bytes per second through, or everything again',
    act: ({ weather }, bytes = 200) => (weather.bytesPerSecond = weather.bytesPerSecond < Infinity ? Infinity : bytes),
  },
  { key: 'h', name: 'heal', says: 'heal: the network works again', act: (chaos) => chaos.heal() },
];

/** The names of the steps of a script. */
export const STEPS = ['wait', ...ACTIONS.map(({ name }) => name)];

export type Step = { wait: number } | { name: string; amount?: number };

/**
 * Reads a script such as `wait 3, cut, wait 5, stall, wait 40, heal`. `wait` takes seconds, `delay` ms, `limit` bytes per second.
 *
 * @throws Error with one line that explains what is wrong
 */
export function readScript(text: string): Step[] {
  return text.split(',').map((part) => {
    const [name, amount, ...rest] = part.trim().split(/\s+/);
    const number = amount === undefined ? undefined : Number(amount);
    if (!STEPS.includes(name)) throw new Error(`Unknown step "${part.trim()}". The steps are: ${STEPS.join(', ')}.`);
    if (rest.length > 0 || (number !== undefined && !(number > 0 && number < 1e6)))
      throw new Error(`"${part.trim()}": only one number above 0 may follow, for example "${name} 3".`);
    return name === 'wait' ? { wait: number ?? 1 } : { name, amount: number };
  });
}
