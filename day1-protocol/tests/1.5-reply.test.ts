import { exercise, load, serve } from '#kit';
import { binaryCases, GREETING } from './helpers/echo-cases.ts';

exercise('1.5 reply', (check) => {
  binaryCases(check, async () => {
    const { reply } = await load(() => import('#day1/echo.ts'), 'reply');
    return serve(
      (wss) =>
        wss.on('connection', (socket) => {
          socket.on('error', () => {}); // reply is on trial here, and not survive
          socket.on('message', (data, isBinary) => reply(socket, data as Buffer, isBinary));
          socket.send(GREETING);
        }),
      { maxPayload: 1024 * 1024 },
    );
  });
});
