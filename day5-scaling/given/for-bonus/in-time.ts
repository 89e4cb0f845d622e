/** What a promise resolves with. @throws the error that `late` returns, if the promise is still pending after `ms` */
export async function inTime<T>(ms: number, answer: Promise<T>, late: () => Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout>;
  const over = new Promise<never>((_, reject) => (timer = setTimeout(() => reject(late()), ms)));
  return Promise.race([answer, over]).finally(() => clearTimeout(timer));
}
