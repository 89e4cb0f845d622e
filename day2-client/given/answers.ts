/** What the server of day 2 answers, and how it misbehaves when it is told to. Given. */
import type { WebSocket } from 'ws';

/** Each way to misbehave, by the name that the page sends. */
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

/** @returns the message in `text`; undefined where it is none */
function read(text: string): Record<string, unknown> | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' && message !== null ? (message as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Answers one message. A reply bears the `requestId` of its request. */
export function answer(socket: WebSocket, text: string): void {
  const message = read(text);
  const { type, requestId } = message ?? {};
  const reply = (fields: object): void => socket.send(JSON.stringify({ ...fields, requestId }));
  if (type === 'echo') return reply({ type: 'echo', text: message?.text });
  if (type === 'time') return reply({ type: 'time', now: new Date().toISOString() });
  if (type === 'silence') return; // the request that is never answered
  const misbehave =
    type === 'misbehave' && Object.hasOwn(MISBEHAVE, String(message?.how))
      ? MISBEHAVE[String(message?.how)]
      : undefined;
  if (misbehave) return misbehave(socket);
  reply({ type: 'error', text: `Unknown: ${String(text).slice(0, 80)}` });
}
