import { parseArgs } from 'node:util';
import { fail } from '#tools/serve.ts';
import { readScript, type Step } from './script.ts';

/** What was asked for on the command line. */
export interface Options {
  /** of the balancer; 0 is any free one, and then so is the dashboard's */
  port: number;
  /** the dashboard's */
  dashboard: number;
  /** the nodes run on the learner's files, not on the solution */
  mine: boolean;
  /** other machines can reach the balancer; never the dashboard */
  lan: boolean;
  stream: boolean;
  /** the stand-in, even if redis-server is installed */
  standIn: boolean;
  steps: Step[] | undefined;
}

const WORDS = ['mine', 'lan', 'stream', 'stand-in'] as const;
const ALL = '--mine, --lan, --port N, --stream, --stand-in, --script "wait 5, kill 1, wait 5, revive 1"';

/** Reads the command line; `lan` means the same as `--lan`. Anything unknown ends the process with one line. */
export function readOptions(args = process.argv.slice(2)): Options {
  try {
    const { values } = parseArgs({
      args: args.map((word) => (WORDS.some((one) => one === word) ? `--${word}` : word)),
      options: {
        port: { type: 'string' },
        mine: { type: 'boolean' },
        lan: { type: 'boolean' },
        stream: { type: 'boolean' },
        'stand-in': { type: 'boolean' },
        script: { type: 'string' },
      },
    });
    const { port: text = process.env.PORT || '8080', script } = values;
    const { mine = false, lan = false, stream = false, 'stand-in': standIn = false } = values;
    const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
    if (!(port <= 65_525))
      throw new Error(`--port takes a number from 0 to 65525, such as 8080 (0 is any free port), but got "${text}".`);
    if (stream && standIn) throw new Error('--stream needs a real Redis, so it does not work with --stand-in.');
    return {
      port,
      dashboard: port === 0 ? 0 : port + 10,
      mine,
      lan,
      stream,
      standIn,
      steps: script === undefined ? undefined : readScript(script),
    };
  } catch (error) {
    return fail(
      `${(error as Error).message.replace(/\.?( To specify.*| This command does not take.*)?$/s, '.')} What can be given: ${ALL}.`,
    );
  }
}
