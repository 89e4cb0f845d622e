import type { Handler } from '#day5/given/bus.ts';

/** Calls a handler. If it throws, that is printed: in a client of Redis it would cost every later message of the same chunk. */
export function handle(handler: Handler, channel: string, text: string): void {
  try {
    handler(text);
  } catch (error) {
    console.error(`A handler of ${channel} failed: ${error}`);
  }
}
