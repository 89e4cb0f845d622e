import { freePorts } from '#tools/serve/ports.ts';

const LAST = 65_525; // the dashboard's is ten more
const WHY: Record<string, string> = {
  EADDRINUSE: 'is in use',
  EACCES: 'is kept by the system, as most below 1024 are',
};

/**
 * Tries both ports before anything is started.
 *
 * @returns which part's port cannot be had, and a `--port` that helps, in one line; undefined where both are free
 */
export async function refusal({ port, dashboard }: { port: number; dashboard: number }): Promise<string | undefined> {
  const parts = [
    { part: 'balancer', port, flag: '--port' },
    { part: 'dashboard', port: dashboard, flag: '--port + 10' },
  ];
  for (const { part, port, flag } of parts) {
    const code = await fault(port);
    if (code)
      return `The ${part}'s port ${port} (${flag}) ${WHY[code] ?? `cannot be had (${code})`}. Try --port ${await free(port)}.`;
  }
}

/** A round number above, with which both ports are free now; 0, any free ones, where ten of them are not. */
async function free(above: number): Promise<number> {
  const first = 100 * Math.floor(Math.max(above, 8000) / 100 + 1);
  for (let port = first; port <= Math.min(first + 900, LAST); port += 100) {
    if (!(await fault(port)) && !(await fault(port + 10))) return port;
  }
  return 0;
}

/** @returns the system's code, such as EADDRINUSE; undefined where the port can be had */
const fault = (port: number): Promise<string | undefined> =>
  freePorts(port).then(
    () => undefined,
    ({ code }: NodeJS.ErrnoException) => code,
  );
