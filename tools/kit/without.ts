/** Node has more than a page has. What a learner's code may use of it in the suite, it would miss in the browser. */

/**
 * Runs `body` while something is missing, as it is in a page: `without(globalThis, 'Buffer', () => …)`.
 *
 * @param owner the object that holds it
 * @param body synchronous: ws and vitest need what is hidden as soon as it has returned, and must not run in it
 */
export function without<T>(owner: object, key: string, body: () => T): T {
  const own = Object.getOwnPropertyDescriptor(owner, key);
  Object.defineProperty(owner, key, { value: undefined, configurable: true, writable: true });
  try {
    return body();
  } finally {
    if (own) Object.defineProperty(owner, key, own);
    else Reflect.deleteProperty(owner, key);
  }
}
