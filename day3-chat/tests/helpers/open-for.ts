import { load } from '#kit';
import type { Chat } from '#day3/chat.ts';
import { needs } from './people.ts';

/** The learner's chat, opened in one of these ways, for an exercise about one of its methods. */
export async function openFor<Opened extends { chat: Chat }>(
  method: keyof Chat & string,
  way: (Class: typeof Chat) => Promise<Opened>,
): Promise<Opened> {
  const { Chat } = await load(() => import('#day3/chat.ts'), 'Chat');
  const opened = await way(Chat);
  needs(opened.chat, method);
  return opened;
}

/** What goes out right behind something else: it must not overtake it. */
export const next = { type: 'typing', userId: 'id of next', name: 'next' } as const;

export const handshake = (protocol: string): string =>
  'GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: chat, ${protocol}\r\n\r\n`;
