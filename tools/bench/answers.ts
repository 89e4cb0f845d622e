/** The child's side of child.ts: answers requests by the name of their handler, and ends with its parent. */
export function answer(handlers: Record<string, (argument: never) => unknown>): void {
  process.on('message', async ({ id, name, argument }: { id: number; name: string; argument: never }) => {
    try {
      process.send?.({ id, result: await handlers[name](argument) });
    } catch (error) {
      process.send?.({ id, error: String((error as Error).message) });
    }
  });
  process.on('disconnect', () => process.exit());
}
