import { setImmediate as turn } from 'node:timers/promises';

export const channel = 'chat:room:lobby';

/** Gives everything that needs no clock the time to happen. */
export const settle = async () => {
  for (let i = 0; i < 5; i++) await turn();
};
