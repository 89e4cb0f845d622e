import { createClient } from '@redis/client';

/** The two connections that Socket.IO's adapter needs. Resolves when both are there. */
export async function openRedis(url: string) {
  const publisher = createClient({ url, disableOfflineQueue: true });
  const subscriber = publisher.duplicate();
  const clients = [publisher, subscriber];
  for (const client of clients) client.on('error', (error: Error) => console.error(`Redis: ${error.message}`));
  await Promise.all(clients.map((client) => client.connect()));
  forgive(publisher, 'publish');
  forgive(subscriber, 'unsubscribe');
  forgive(subscriber, 'pUnsubscribe');
  const close = async (): Promise<void> => {
    for (const client of clients) await (client.isReady ? client.close() : client.destroy());
  };
  return { publisher, subscriber, close };
}

/** The adapter ignores the promises of its commands. Without a catch, a Redis that is gone would end the process. */
function forgive<Name extends string>(client: Record<Name, (...args: never[]) => Promise<unknown>>, name: Name): void {
  const command = client[name].bind(client);
  Object.assign(client, { [name]: (...args: never[]) => command(...args).catch(() => {}) });
}
