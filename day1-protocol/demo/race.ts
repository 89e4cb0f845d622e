/**
 * One event source, four clients: what does an event cost with polling, long polling, Server-Sent Events and WebSocket?
 *
 *     npx tsx day1-protocol/demo/race.ts             in the terminal
 *     npx tsx day1-protocol/demo/race.ts --page      in the browser
 */
import { readOptions } from './race/options.ts';
import { racePage } from './race/page.ts';
import { raceInTerminal } from './race/terminal.ts';

const options = readOptions();
await (options.page ? racePage(options) : raceInTerminal(options));
