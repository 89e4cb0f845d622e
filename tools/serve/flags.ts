import { parseArgs } from 'node:util';
import { exemptLoopback } from '#tools/run/set-up.js';

exemptLoopback(); // a server or a demonstration may be run without npm, as in `npx tsx day1-protocol/server.ts`

/** What was asked for on the command line. */
export type Flags<Name extends string = never, NumberName extends string = never> = Record<Name, boolean> &
  Record<NumberName, number> & {
    /** 0 is any free port */
    port: number;
    /** true: every interface, so that other machines reach the server; false: this machine alone */
    lan: boolean;
  };

/**
 * Reads `--port N`, `--lan`, the variable PORT, and the flags that the caller adds. `--help` prints what there is, and ends the process.
 * Anything else on the command line ends the process, with one line and exit code 1.
 *
 * @param names more flags, without the dashes: `['broadcast']` for `--broadcast`
 * @param usualPort the port if neither `--port` nor PORT gives one
 * @param numbers flags that take a number above 0, each with its usual value: `{ heartbeat: 30 }` for `--heartbeat 2`
 */
export function readFlags<Name extends string = never, NumberName extends string = never>(
  names: readonly Name[] = [],
  usualPort = 8080,
  numbers: Partial<Record<NumberName, number>> = {},
): Flags<Name, NumberName> {
  const known = ['lan', ...names];
  const counted = Object.keys(numbers);
  const options = Object.fromEntries([
    ...known.map((name) => [name, { type: 'boolean' as const }]),
    ...['port', ...counted].map((name) => [name, { type: 'string' as const }]),
  ]);
  // Not strict: parseArgs would throw first, with a message about its own options.
  const { tokens } = parseArgs({ options, strict: false, tokens: true });
  const all = ['port N', ...known, ...counted.map((name) => `${name} N`)].map(asTyped).join(', ');

  const flags: Record<string, boolean | number> = {
    ...Object.fromEntries(known.map((name) => [name, false])),
    ...(numbers as Record<string, number>),
  };
  for (const token of tokens) {
    if (token.kind === 'positional') fail(`Unexpected word "${token.value}". What can be given: ${all}.`);
    if (token.kind !== 'option') continue;
    if (token.name === 'help') {
      console.log(`What can be given: ${all}.`);
      process.exit();
    }
    if (token.name === 'port') flags.port = readPort(token.value ?? '', asTyped('port'));
    else if (counted.includes(token.name)) flags[token.name] = readNumber(token.value ?? '', token.name);
    else if (!known.includes(token.name))
      fail(
        `${process.env.COURSE_START ? `Unknown word "${token.name}"` : `Unknown flag ${token.rawName}`}. What can be given: ${all}.`,
      );
    else if (token.value !== undefined) fail(`${token.rawName} takes no value, but got "${token.value}".`);
    else flags[token.name] = true;
  }
  flags.port ??= process.env.PORT ? readPort(process.env.PORT, 'PORT') : usualPort;
  return flags as Flags<Name, NumberName>;
}

/** A flag as it is typed: with dashes, or as plain words behind `npm start`, because npm keeps flags to itself. */
export const asTyped = (flag: string): string => (process.env.COURSE_START ? flag : `--${flag}`);

function readPort(text: string, from: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port <= 65_535) return port;
  return fail(`${from} takes a number from 0 to 65535, such as 8081 (0 is any free port), but got "${text}".`);
}

function readNumber(text: string, name: string): number {
  const number = /^(?:\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : NaN;
  if (number > 0 && number <= 86_400) return number;
  return fail(`${asTyped(name)} takes a number above 0 and up to 86400, such as 2, but got "${text}".`);
}

/** Ends the process for a reason that the reader can do something about: one line, exit code 1, no stack trace. */
export function fail(line: string): never {
  console.error(line);
  process.exit(1);
}
