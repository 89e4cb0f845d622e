/** The replies of day 2's server, and the ways in which it misbehaves if it is told to. Given. */
import type { WebSocket } from 'ws';

/** The ways to misbehave, by the names that the page sends. */
const MISBEHAVE: Record<string, (socket: WebSocket) => void> = {
  'bad JSON': (socket) => socket.send('{"type":"news",'),
  'no object': (socket) => socket.send('null'),
  binary: (socket) => socket.send(Uint8Array.of(0, 127, 128, 255)),
  'type open': (socket) => socket.send(JSON.stringify({ type: 'open', text: 'Trust me, you are connected.' })),
  'type __proto__': (socket) => socket.send(JSON.stringify({ type: '__proto__' })),
  'close 1011': (socket) => socket.close(1011, 'something broke'),
  'close 4001': (socket) => socket.close(4001, 'please sign in again'),
  'cut the line': (socket) => socket.terminate(),
};

/** @returns the object in `text`, or undefined if it isn't JSON of an object */
function read(text: string): Record<string, unknown> | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' && message !== null ? (message as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Replies to one message. The reply carries the `requestId` of its request.
 *
 * It makes a text only of fields that are texts: a client can send `{"toString":1}`, for which `String` throws, or thousands of nested
 * arrays, for which `String` and `JSON.stringify` overflow the stack. Thrown here, that would end the server.
 */
export function replyTo(socket: WebSocket, data: string): void {
  const { type, requestId, text, how } = read(data) ?? {};
  const id = typeof requestId === 'string' ? requestId : undefined;
  const reply = (fields: object): void => socket.send(JSON.stringify({ ...fields, requestId: id }));
  if (requestId !== id) return reply({ type: 'error', text: 'The requestId must be a string.' });
  if (type === 'echo' && typeof text === 'string') return reply({ type: 'echo', text });
  if (type === 'time') return reply({ type: 'time', now: new Date().toISOString() });
  if (type === 'silence') return; // the request that is never answered
  if (type === 'misbehave' && typeof how === 'string' && Object.hasOwn(MISBEHAVE, how)) return MISBEHAVE[how](socket);
  reply({ type: 'error', text: `Unknown: ${data.slice(0, 80)}` });
}
