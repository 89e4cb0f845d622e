import type { RawData, WebSocket } from 'ws';
import type { Chat } from '#day3/chat.ts';
import type { ClientMessage } from '#day3/protocol.ts';
import type { Soon } from '#day3/given/internals/options.ts';
import { Member, type Write } from '#day3/given/rooms.ts';
import type { ChatMessage, ErrorMessage, ServerMessage, User } from '#day3/given/server-messages.ts';

/** The functions that a connection's messages pass through. The last three are the bonus exercises. */
export interface Guards {
  parseMessage: (raw: string) => ClientMessage | ErrorMessage;
  /** makes a new limit for each connection */
  rateLimit?: () => { allow(): boolean };
  write?: Write;
  typing?: { tell(member: Member): void };
}

/**
 * Handles a new connection: passes its messages to the chat, and takes it out of the chat when it closes.
 *
 * @param user that the token was signed for
 */
export function handleConnection(chat: Chat, socket: WebSocket, user: User, guards: Guards): Member {
  const member = new Member(socket, chat.users.hold(user), guards.write);
  const limit = guards.rateLimit?.();
  const inTurn = turns();
  // Listen at once, before anything is awaited: a message that arrives while nobody listens is lost.
  socket.on('message', (data, isBinary) => {
    if (socket.readyState !== socket.OPEN) return; // it is being closed, so whatever still arrives is ignored
    if (limit && !limit.allow()) return refuse(member, 'rate-limited', 'Too many messages. Wait a moment.');
    inTurn(() => receive(chat, member, data, isBinary, guards));
  });
  socket.on('error', () => {}); // 'close' follows
  socket.on('close', () => {
    chat.leave(member);
    chat.users.release(member.user);
  });
  return member;
}

/** Runs one thing after the other, although some return promises. If nothing is pending, it runs at once. */
function turns(): (act: () => Soon<void>) => void {
  let last: Promise<void> | undefined;
  return (act) => {
    const done = last ? last.then(act) : act();
    if (!(done instanceof Promise)) return;
    const mine = (last = done
      .catch((error: unknown) => console.error(error))
      .then(() => void (last === mine && (last = undefined))));
  };
}

function receive(chat: Chat, member: Member, data: RawData, isBinary: boolean, guards: Guards): Soon<void> {
  if (isBinary) return refuse(member, 'binary', 'This chat takes JSON in text messages.');
  const message = guards.parseMessage(String(data));
  if (message.type === 'error') return member.send(message);
  return handleMessage(chat, member, message, guards.typing);
}

/** Does what a valid message asks for. */
function handleMessage(chat: Chat, member: Member, message: ClientMessage, typing?: Guards['typing']): Soon<void> {
  if (message.type === 'join') return enter(chat, member, message);
  // Until exercise 3.1 is written, `type` may be anything at all: it stays out of the text.
  if (member.room === undefined) return refuse(member, 'not-in-a-room', 'Join a room first.');
  if (message.type === 'chat') return say(chat, member, member.room, message);
  if (message.type === 'setName') return chat.setName(member, message.name);
  typing?.tell(member);
}

/** Continues with a value: at once if it is there, later if it is a promise. */
const withIt = <T>(value: Soon<T>, goOn: (value: T) => Soon<void>): Soon<void> =>
  value instanceof Promise ? value.then(goOn) : goOn(value);

function enter(chat: Chat, member: Member, { room, after }: { room: string; after?: string }): Soon<void> {
  if (member.room !== room) chat.leave(member);
  let missed: Soon<ServerMessage[] | undefined> = [];
  let goOn: ReturnType<Member['hold']> = () => {};
  const join = (): void => {
    if (member.socket.readyState !== member.socket.OPEN) return; // it closed while the room was being prepared
    member.newest = chat.history.last?.(room);
    chat.join(member, room);
    if (after === undefined) return;
    goOn = member.hold(); // what is sent from now on must come after what was missed
    missed = chat.history.after(room, after);
  };
  const afterGap = (): ServerMessage[] => [{ type: 'gap' }, ...(chat.history.all?.(room) ?? [])]; // the client drops what it has
  return withIt(chat.joining(room, join), () => withIt(missed, (messages) => goOn(messages ?? afterGap())));
}

/** The sender gets the message like everyone else: that is how its page knows that it was accepted. */
function say(chat: Chat, member: Member, room: string, { text, key }: { text: string; key?: string }): Soon<void> {
  return withIt(key === undefined ? undefined : chat.history.find(room, member.user.userId, key), (known) => {
    if (known) return member.send(known); // sent again after a lost connection, and the others have it already
    const message: ChatMessage = {
      type: 'chat',
      id: chat.newId(),
      ...member.user,
      text,
      timestamp: chat.now(),
      ...(key !== undefined && { key }),
    };
    chat.history.add(room, message);
    chat.deliver(room, message);
  });
}

function refuse(member: Member, code: string, message: string): void {
  member.send({ type: 'error', code, message });
}
