/** The command line of a demonstration: its flags, `--help`, and one line for a mistake. */
import { parseArgs } from 'node:util';
import { colour } from '#tools/serve/colour.ts';
import { fail } from '#tools/serve/flags.ts';

/** A flag without a value, such as `--lan`. */
interface Switch {
  says: string;
}

/** A flag with a text, such as `--script "wait 3, cut"`. */
interface Text extends Switch {
  /** what stands for the value in the usage: `"wait 3, cut"` */
  text: string;
}

/** A flag with a number, such as `--port 9000`. */
interface Numeric extends Switch {
  usual: number;
  least: number;
  most: number;
  /** true: 0.5 is a number, too */
  isFraction?: boolean;
}

type Flag = Switch | Text | Numeric;

/** What a demonstration is, and what can be given to it. */
export interface Demo<Flags extends Record<string, Flag> = Record<string, Flag>> {
  /** its path, from the folder of the course */
  file: string;
  /** what one sees, in one line */
  says: string;
  flags: Flags;
}

/** The value of each flag. A text is undefined if it wasn't given; a number has its usual value. */
export type Given<Flags> = {
  [Name in keyof Flags]: Flags[Name] extends Numeric ? number : Flags[Name] extends Text ? string | undefined : boolean;
};

/** A mistake on the command line. Its message is one line for whoever typed it. */
export class FlagError extends Error {}

/** The flags `--port N` and `--lan` of a demonstration with a server. */
export const port = (usual: number, says: string): Numeric => ({ says, usual, least: 0, most: 65_535 });
export const lan: Switch = { says: 'lets other machines in, and prints the address for them' };

/**
 * Reads the command line of a demonstration. `--help` prints the usage and ends the process with exit code 0. A mistake ends it
 * with one line and exit code 1.
 *
 * @param demo what can be given
 * @param check looks at the values together, and changes them if it has to; what it throws as a FlagError is a mistake, too
 */
export function readDemo<Flags extends Record<string, Flag>, Result = Given<Flags>>(
  demo: Demo<Flags>,
  check: (given: Given<Flags>) => Result = (given) => given as unknown as Result,
): Result {
  const args = process.argv.slice(2);
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage(demo));
    process.exit();
  }
  try {
    return check(parseFlags(demo, args));
  } catch (error) {
    if (error instanceof FlagError) return fail(error.message);
    throw error;
  }
}

/** @throws FlagError for anything that the demonstration doesn't know, and for a value that doesn't fit */
export function parseFlags<Flags extends Record<string, Flag>>(demo: Demo<Flags>, args: string[]): Given<Flags> {
  const { flags } = demo;
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [name, { type: takesValue(flag) ? 'string' : 'boolean' } as const]),
  );
  const known = `What can be given: ${Object.entries(flags).map(asTyped).concat('--help').join(', ')}.`;
  // Not strict: parseArgs would throw first, with a message about its own options.
  const { tokens } = parseArgs({ args: withDashes(args, flags), options, strict: false, tokens: true });
  const given: Record<string, unknown> = Object.fromEntries(
    Object.entries(flags).map(([name, flag]) => [
      name,
      'usual' in flag ? flag.usual : takesValue(flag) ? undefined : false,
    ]),
  );
  for (const token of tokens) {
    if (token.kind === 'positional') throw new FlagError(`Unexpected word "${token.value}". ${known}`);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    if (!Object.hasOwn(flags, name)) throw new FlagError(`Unknown flag ${rawName}. ${known}`);
    const flag = flags[name];
    if ('usual' in flag) given[name] = readNumber(name, flag, value);
    else if (!takesValue(flag) && value !== undefined)
      throw new FlagError(`--${name} takes no value, but got "${value}".`);
    else if (takesValue(flag) && !value)
      throw new FlagError(`--${name} takes a text, such as ${asTyped([name, flag])}.`);
    else given[name] = value ?? true;
  }
  return given as Given<Flags>;
}

/** Reads a number. @param name of the flag, as the message shows it @throws FlagError */
export function readNumber(name: string, flag: Numeric, text: string | undefined): number {
  const { usual, least, most, isFraction } = flag;
  const form = isFraction ? /^\d+(?:\.\d+)?$/ : /^\d+$/;
  const number = form.test(text ?? '') ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  const kind = isFraction ? 'a number' : 'a whole number';
  const from = name === 'PORT' ? name : `--${name}`;
  throw new FlagError(`${from} takes ${kind} from ${least} to ${most}, such as ${usual}, but got "${text ?? ''}".`);
}

/** What `--help` prints. */
export function usage({ file, says, flags }: Demo): string {
  const rows = Object.entries(flags).map(([name, flag]): [string, string] => {
    if (!('usual' in flag)) return [asTyped([name, flag]), flag.says];
    return [asTyped([name, flag]), `${flag.says}; from ${flag.least} to ${flag.most}, usually ${flag.usual}`];
  });
  rows.push(['--help', 'prints this text']);
  const width = Math.max(...rows.map(([typed]) => typed.length)) + 2;
  return [
    colour.bold(says),
    '',
    `  npx tsx ${file}`,
    '',
    ...rows.map(([typed, what]) => `  ${typed.padEnd(width)}${what}`),
  ].join('\n');
}

/** `npm start` takes plain words, such as `lan` and `port 9000`. Whoever types them here means the flags. */
function withDashes(args: string[], flags: Record<string, Flag>): string[] {
  let isValue = false;
  return args.map((word) => {
    const name = word.replace(/^--/, '');
    const isFlag = !isValue && Object.hasOwn(flags, name);
    isValue = isFlag && takesValue(flags[name]);
    return isFlag ? `--${name}` : word;
  });
}

const takesValue = (flag: Flag): boolean => 'usual' in flag || 'text' in flag;

function asTyped([name, flag]: [string, Flag]): string {
  if ('text' in flag) return `--${name} ${flag.text}`;
  return 'usual' in flag ? `--${name} N` : `--${name}`;
}
