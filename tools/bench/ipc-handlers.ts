/** The child's side of child.ts: calls the handler that a request names, sends its result back, and ends with the parent. */
export function handleRequests(handlers: Record<string, (argument: never) => unknown>): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {}); // a terminal's Ctrl+C reaches all: the parent ends us
  process.on('disconnect', () => process.exit());
  process.on('message', async ({ id, name, argument }: { id: number; name: string; argument: never }) => {
    const reply = (answer: { result?: unknown; error?: string }): void => {
      if (process.connected) process.send?.({ id, ...answer }, undefined, undefined, () => {}); // the parent may have ended
    };
    try {
      reply({ result: await handlers[name](argument) });
    } catch (error) {
      reply({ error: (error as Error).message });
    }
  });
  if (!process.connected) process.exit(); // the parent has ended already
}
