import type { Handler } from '#day5/given/bus.ts';

/** Calls a handler. If it throws, prints the error. Inside node-redis, an exception would lose the later messages that arrived with this one. */
export function handle(handler: Handler, channel: string, text: string): void {
  try {
    handler(text);
  } catch (error) {
    console.error(`A handler of ${channel} failed: ${error}`);
  }
}
