import { FlagError, lan, parseFlags, port, readDemo, readNumber, type Given } from '#tools/serve/demo.ts';

const RACE = {
  file: 'day1-protocol/demo/race.ts',
  says: 'Four clients get the same events, in four ways. What does one event cost, and how long does it take?',
  flags: {
    page: { says: 'runs the race in a browser, until Ctrl+C. It starts when somebody clicks' },
    rate: { says: 'events per second', usual: 5, least: 0.1, most: 100, isFraction: true },
    seconds: { says: 'how long the race in the terminal lasts', usual: 10, least: 1, most: 3600, isFraction: true },
    bytes: { says: 'bytes per event', usual: 100, least: 64, most: 10_000 },
    poll: { says: 'milliseconds between two polls', usual: 1000, least: 50, most: 10_000 },
    port: port(8080, 'the port of the page'),
    lan: { says: `${lan.says}; with --page` },
  },
};

/** What the command line asks for. */
export type Options = Given<typeof RACE.flags>;

/** Reads the command line of this process. A mistake in it ends the process, with one line and exit code 1. */
export const readOptions = (): Options =>
  readDemo(RACE, (given) => checkOptions(given, process.argv.slice(2), process.env));

/** Reads a command line. @throws FlagError */
export const optionsOf = (args: string[], env: { PORT?: string }): Options =>
  checkOptions(parseFlags(RACE, args), args, env);

/** `--port` and `--lan` are for the page, which also looks at the variable PORT. */
function checkOptions(given: Options, args: string[], env: { PORT?: string }): Options {
  const has = (name: string) => args.some((word) => word.replace(/^--/, '').split('=')[0] === name);
  for (const name of ['port', 'lan'])
    if (has(name) && !given.page) throw new FlagError(`--${name} is for the page: add --page.`);
  if (!given.page || has('port') || !env.PORT) return given;
  return { ...given, port: readNumber('PORT', RACE.flags.port, env.PORT) };
}
