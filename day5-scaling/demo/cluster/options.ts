import { parseArgs } from 'node:util';
import { fail } from '#tools/serve.ts';
import { readScript, type Step } from './script.ts';

/** What was asked for on the command line. */
export interface Options {
  /** of the balancer; 0 is any free one, and the dashboard's is then another */
  port: number;
  /** the dashboard's */
  dashboard: number;
  stream: boolean;
  /** the stand-in, also where redis-server is installed */
  standIn: boolean;
  steps: Step[] | undefined;
}

const ALL = '--port N, --stream, --stand-in, --script "wait 5, kill 1, wait 5, revive 1"';

/** Ends the process with one line where something else is asked for. */
export function readOptions(args = process.argv.slice(2)): Options {
  try {
    const { values } = parseArgs({
      args,
      options: {
        port: { type: 'string' },
        stream: { type: 'boolean' },
        'stand-in': { type: 'boolean' },
        script: { type: 'string' },
      },
    });
    const { port: text = process.env.PORT || '8080', stream = false, 'stand-in': standIn = false, script } = values;
    const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
    if (!(port <= 65_525))
      throw new Error(`--port takes a number from 0 to 65525, such as 8080 (0 is any free port), but got "${text}".`);
    if (stream && standIn) throw new Error('--stream needs a real Redis, so --stand-in does not go with it.');
    return {
      port,
      dashboard: port === 0 ? 0 : port + 10,
      stream,
      standIn,
      steps: script === undefined ? undefined : readScript(script),
    };
  } catch (error) {
    return fail(`${(error as Error).message.replace(/\.?( To specify.*)?$/s, '.')} What can be given: ${ALL}.`);
  }
}
