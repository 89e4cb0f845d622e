/**
 * What every day's server.ts and every demonstration with a page uses: the flags, the page and the port.
 *
 *     const flags = readFlags(['broadcast']);
 *     const server = pageServer(import.meta.url);
 *     new WebSocketServer({ server }).on('connection', echo);
 *     await listen(server, { name: 'Echo server', flags });
 */
export { fail, readFlags, type Flags } from '#tools/serve/flags.ts';
export { listen, type Listening } from '#tools/serve/listen.ts';
export { pageHandler, pageServer } from '#tools/serve/page.ts';
export { createWebServer } from '#tools/serve/web-server.ts';
