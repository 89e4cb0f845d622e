import { parseArgs } from 'node:util';
import { fail } from '#tools/serve.ts';

/** What was asked for on the command line. */
export interface Options {
  /** per round and chat */
  messages: number;
  rounds: number;
  /** true: list the files whose lines were counted */
  files: boolean;
  help: boolean;
}

export const USAGE =
  'What can be given: --messages N (2000 per round), --rounds N (9), --files (list what was counted), --help.';

/** Reads the command line. Anything unknown ends the process with one line. */
export function readOptions(args = process.argv.slice(2)): Options {
  try {
    const boolean = { type: 'boolean', default: false } as const;
    const { values } = parseArgs({
      args,
      options: {
        messages: { type: 'string', default: '2000' },
        rounds: { type: 'string', default: '9' },
        files: boolean,
        help: boolean,
      },
    });
    return {
      ...values,
      messages: number('messages', values.messages, 100_000),
      rounds: number('rounds', values.rounds, 100),
    };
  } catch (error) {
    return fail(`${(error as Error).message.replace(/\.?( To specify.*)?$/s, '.')} ${USAGE}`);
  }
}

function number(name: string, text: string, most: number): number {
  if (/^[1-9]\d*$/.test(text) && Number(text) <= most) return Number(text);
  throw new Error(`--${name} takes a whole number from 1 to ${most}, but got "${text}".`);
}
