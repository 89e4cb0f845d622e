import { parseArgs } from 'node:util';

/** What the command line asks for. */
export interface Options {
  /** events per second */
  rate: number;
  /** how long the race in the terminal lasts */
  seconds: number;
  /** of an event's payload */
  bytes: number;
  /** ms between two polls */
  poll: number;
  /** true: the race is in the browser, until Ctrl+C */
  page: boolean;
  port: number;
  lan: boolean;
}

const NUMBERS = {
  rate: { usual: 5, least: 0.1, most: 100, what: 'events per second' },
  seconds: { usual: 10, least: 1, most: 3600, what: 'seconds' },
  bytes: { usual: 100, least: 64, most: 10_000, what: 'bytes per event' },
  poll: { usual: 1000, least: 50, most: 10_000, what: 'milliseconds between two polls' },
  port: { usual: 8080, least: 0, most: 65_535, what: 'the port of the page' },
};
const WHOLE = ['bytes', 'poll', 'port'];
const SWITCHES = ['page', 'lan'];
const ALL = '--rate N, --seconds N, --bytes N, --poll N, --page, --port N, --lan';

/** @throws OptionError on anything else */
export function readOptions(args: string[], env: { PORT?: string }): Options {
  const known = { ...ofType('string', Object.keys(NUMBERS)), ...ofType('boolean', SWITCHES) };
  const { tokens } = parseArgs({ args, options: known, strict: false, tokens: true });
  const options: Record<string, number | boolean> = { page: false, lan: false };
  for (const token of tokens) {
    if (token.kind === 'positional')
      throw new OptionError(`Unexpected word "${token.value}". The options are: ${ALL}.`);
    if (token.kind !== 'option') continue;
    const { name, value } = token;
    if (!Object.hasOwn(known, name)) throw new OptionError(`Unknown option ${token.rawName}. The options are: ${ALL}.`);
    if (!SWITCHES.includes(name)) options[name] = readNumber(name as keyof typeof NUMBERS, value, `--${name}`);
    else if (value === undefined) options[name] = true;
    else throw new OptionError(`--${name} takes no value, but got "${value}".`);
  }
  for (const name of ['port', 'lan']) {
    if (options[name] && !options.page) throw new OptionError(`--${name} is for the page: add --page.`);
  }
  if (options.page && env.PORT) options.port ??= readNumber('port', env.PORT, 'PORT');
  for (const [name, { usual }] of Object.entries(NUMBERS)) options[name] ??= usual;
  return options as unknown as Options;
}

/** Its message is one line for whoever typed the command. */
export class OptionError extends Error {}

function readNumber(name: keyof typeof NUMBERS, text: string | undefined, from: string): number {
  const { usual, least, most, what } = NUMBERS[name];
  const form = WHOLE.includes(name) ? /^\d+$/ : /^\d+(\.\d+)?$/;
  const number = form.test(text ?? '') ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  const kind = WHOLE.includes(name) ? 'a whole number' : 'a number';
  throw new OptionError(
    `${from} takes ${kind} from ${least} to ${most}, such as ${usual} (${what}), but got "${text ?? ''}".`,
  );
}

function ofType<Type extends 'string' | 'boolean'>(type: Type, names: string[]): Record<string, { type: Type }> {
  return Object.fromEntries(names.map((name) => [name, { type }]));
}
