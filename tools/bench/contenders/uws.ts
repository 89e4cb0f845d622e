import { MESSAGE, type Running } from '../contenders.ts';

/** The part of uWebSockets.js that is used here. It isn't on npm, so its types aren't either. */
interface Uws {
  App(): {
    ws(
      path: string,
      behavior: object,
    ): { listen(host: string, port: number, done: (socket: unknown) => void): unknown };
    publish(topic: string, text: string): boolean;
  };
  us_socket_local_port(socket: unknown): number;
}

const NAME = 'uWebSockets.js';

/** uWebSockets.js, a server written in C++, with its own publish/subscribe. */
export async function start(): Promise<Running> {
  const uws = ((await import(NAME)) as { default: Uws }).default;
  const app = uws.App();
  const behavior = {
    open: (socket: { subscribe(topic: string): void }) => socket.subscribe('all'),
    message: (socket: { send(text: string): void }) => socket.send('{"type":"init"}'),
  };
  const port = await new Promise<number>((resolve, reject) => {
    app.ws('/*', behavior).listen('127.0.0.1', 0, (socket) => {
      if (socket) resolve(uws.us_socket_local_port(socket));
      else reject(new Error('uWebSockets.js could not listen.'));
    });
  });
  return {
    port,
    speech: { path: '/', protocols: [], join: '{"type":"join"}', ready: '{"type":"init"', delivery: '{"type":"chat"' },
    broadcast: () => void app.publish('all', JSON.stringify({ type: 'chat', ...MESSAGE })),
  };
}
