import { readDemo, type Given } from '#tools/serve/demo.ts';

const SAYS = "The same chat twice, day 5's and one on Socket.IO: lines of code, bytes on the wire, time";

const FLAGS = {
  messages: { says: 'per round and chat', usual: 2000, least: 1, most: 100_000 },
  rounds: { says: 'in which the chats take turns', usual: 9, least: 1, most: 100 },
  files: { says: 'also lists the files whose lines were counted' },
};

/** What was asked for on the command line. */
export type Options = Given<typeof FLAGS>;

/** Reads the command line. A mistake in it ends the process with one line. */
export const readOptions = (): Options =>
  readDemo({ file: 'day5-scaling/demo/socket-io.ts', says: SAYS, flags: FLAGS });
