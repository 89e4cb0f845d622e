import { load, serve } from '#kit';

/** The learner's echo on a real server. */
export async function startEcho() {
  const { echo } = await load(() => import('#day1/echo.ts'), 'echo');
  return serve((wss) => wss.on('connection', echo), { maxPayload: 1024 * 1024 });
}
