/** Waits for a promise, at most `ms`. @returns what it resolves with @throws the error of `late`, if it is still pending after `ms` */
export async function inTime<T>(ms: number, answer: Promise<T>, late: () => Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const over = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(late()), ms)));
  return Promise.race([answer, over]).finally(() => clearTimeout(timer));
}
