import { fail } from '#tools/serve.ts';
import { OptionError, readOptions } from './race/options.ts';
import { racePage } from './race/page.ts';
import { raceInTerminal } from './race/terminal.ts';

// One event source, four clients: what does an event cost with polling, long polling, Server-Sent Events and WebSocket?
try {
  const options = readOptions(process.argv.slice(2), process.env);
  await (options.page ? racePage(options) : raceInTerminal(options));
} catch (error) {
  if (!(error instanceof OptionError)) throw error;
  fail(error.message);
}
