import { FlagError, lan, parseFlags, port, readDemo, readNumber, type Given } from '#tools/serve/demo.ts';
import { LAST } from './ports.ts';
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

export const SAYS = 'Three chat nodes, connected by Redis, and nine bots: kill a node, and watch who still hears whom';

const CLUSTER = {
  file: 'day5-scaling/demo/cluster.ts',
  says: SAYS,
  flags: {
    mine: { says: 'runs the nodes on your own files' },
    lan,
    port: { ...port(8080, 'the port of the balancer'), most: LAST },
    stream: { says: 'keeps the messages in a Redis Stream: bonus 5.b' },
    'stand-in': { says: 'uses our simple replacement for Redis' },
    script: { says: 'steps instead of keys', text: '"wait 5, kill 1, …"' },
  },
};

/** Reads the command line of this process. A mistake in it ends the process with one line. */
export const readOptions = (): Options => readDemo(CLUSTER, (given) => checkOptions(given, process.argv.slice(2)));

/** Reads a command line. @throws FlagError */
export const optionsOf = (args: string[]): Options => checkOptions(parseFlags(CLUSTER, args), args);

function checkOptions(given: Given<typeof CLUSTER.flags>, args: string[]): Options {
  const { mine, lan, stream, 'stand-in': standIn, script } = given;
  const { PORT } = process.env;
  const isGiven = args.some((word) => /^(?:--)?port(?:=|$)/.test(word));
  const port = PORT && !isGiven ? readNumber('PORT', CLUSTER.flags.port, PORT) : given.port;
  if (stream && standIn) throw new FlagError('--stream needs a real Redis, so it does not work with --stand-in.');
  const dashboard = port === 0 ? 0 : port + 10;
  return { port, dashboard, mine, lan, stream, standIn, steps: script === undefined ? undefined : stepsOf(script) };
}

function stepsOf(script: string): Step[] {
  try {
    return readScript(script);
  } catch (error) {
    throw new FlagError((error as Error).message);
  }
}
