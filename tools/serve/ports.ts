/** Ports of 127.0.0.1, for what a test or a demonstration starts. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';

/** Listens on a port of 127.0.0.1, and resolves with its number. @param port 0: any free one @throws the system's error if it can't be had */
export async function listening(server: Server, port = 0): Promise<number> {
  await once(server.listen(port, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

/** Different ports that were free a moment ago. @param wanted 0: any port @throws the system's error if one can't be had */
export async function freePorts(...wanted: number[]): Promise<number[]> {
  const servers = wanted.map(() => createServer());
  try {
    return await Promise.all(servers.map((server, i) => listening(server, wanted[i])));
  } finally {
    await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

/** This machine's own addresses. A browser tries both when it is asked for `localhost`, and takes the first that answers. */
export const LOOPBACK = ['127.0.0.1', '::1'] as const;

/** Whether a program on this machine answers at the port of one of its addresses. */
export async function isAnswered(host: (typeof LOOPBACK)[number], port: number): Promise<boolean> {
  // Windows repeats a refused attempt for two seconds. A program that listens is connected at once, even if it is busy.
  const socket = connect({ host, port, timeout: 500 });
  try {
    return await new Promise((resolve) => {
      socket.on('connect', () => resolve(true));
      socket.on('timeout', () => resolve(false));
      socket.on('error', () => resolve(false)); // nobody listens, or the machine has no IPv6
    });
  } finally {
    socket.destroy();
  }
}
