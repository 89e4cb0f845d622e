import { setImmediate as turn } from 'node:timers/promises';

export const channel = 'chat:room:lobby';

/** Gives everything that needs no clock the time to happen. */
export const settle = async () => {
  for (let i = 0; i < 5; i++) await turn();
};

/** A promise of the learner's code that a check awaits later. If it rejects before that, it isn't a rejection that nobody catches. */
export const forLater = <T>(promise: Promise<T>): Promise<T> => {
  Promise.resolve(promise).catch(() => {});
  return promise;
};
