import { MESSAGE, type Running } from '../contenders.ts';
import { startPlain } from './plain.ts';

/** Plain ws that makes the JSON again for each client. The difference is what JSON costs. */
export const start = (): Promise<Running> =>
  startPlain((wss) => {
    for (const socket of wss.clients)
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify({ type: 'chat', ...MESSAGE }));
  });
