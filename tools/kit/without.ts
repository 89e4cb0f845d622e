/** Node has things that a page doesn't have. Code that uses them passes in Node, and fails in the browser. */

/**
 * Runs `body` while something is missing, as it is in a page: `without(globalThis, 'Buffer', () => …)`. Node's own code, such as
 * that of `Response`, still finds it: what a page has works in a page.
 *
 * @param owner the object that holds it
 * @param body synchronous: ws and vitest need what is hidden as soon as it has returned, and must not run in it
 */
export function without<T>(owner: object, key: string, body: () => T): T {
  const own = Object.getOwnPropertyDescriptor(owner, key);
  const value: unknown = Reflect.get(owner, key);
  Object.defineProperty(owner, key, {
    get: () => (isAskedByNode() ? value : undefined),
    set: () => {},
    configurable: true,
  });
  try {
    return body();
  } finally {
    if (own) Object.defineProperty(owner, key, own);
    else Reflect.deleteProperty(owner, key);
  }
}

/** Whether the code that reads the property is Node's: the third place of the stack, behind this function and the getter. */
const isAskedByNode = (): boolean => /[( ]node:/.test(new Error().stack?.split('\n')[3] ?? '');
