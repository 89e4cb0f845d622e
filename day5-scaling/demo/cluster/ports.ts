import { freePorts } from '#tools/serve/ports.ts';

/** The largest port for the balancer: the dashboard's is ten more. */
export const LAST = 65_525;
const WHY: Record<string, string> = {
  EADDRINUSE: 'is in use',
  EACCES: 'is reserved by the system, like most ports below 1024',
};

/**
 * Tries both ports before anything is started.
 *
 * @returns one line that says which port can't be used, and a `--port` that helps; undefined if both are free
 */
export async function refusal({ port, dashboard }: { port: number; dashboard: number }): Promise<string | undefined> {
  const parts = [
    { part: 'balancer', port, flag: '--port' },
    { part: 'dashboard', port: dashboard, flag: '--port + 10' },
  ];
  for (const { part, port, flag } of parts) {
    const code = await fault(port);
    if (code)
      return `The ${part}'s port ${port} (${flag}) ${WHY[code] ?? `can't be used (${code})`}. Try --port ${await free(port)}.`;
  }
}

/** A round number above the port, so that both ports are free; 0, which means any free ones, if ten attempts find none. */
async function free(above: number): Promise<number> {
  const first = 100 * Math.floor(Math.max(above, 8000) / 100 + 1);
  for (let port = first; port <= Math.min(first + 900, LAST); port += 100) {
    if (!(await fault(port)) && !(await fault(port + 10))) return port;
  }
  return 0;
}

/** @returns the system's code, such as EADDRINUSE; undefined if the port is free */
const fault = (port: number): Promise<string | undefined> =>
  freePorts(port).then(
    () => undefined,
    ({ code }: NodeJS.ErrnoException) => code,
  );
