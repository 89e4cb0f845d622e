import { setImmediate as turn } from 'node:timers/promises';

export const channel = 'chat:room:lobby';

/** Lets go of what is pending, as far as it goes without a clock. */
export const settle = async () => {
  for (let i = 0; i < 5; i++) await turn();
};
