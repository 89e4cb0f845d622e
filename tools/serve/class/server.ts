/** The board's server: day 3's chat server, with a chat that keeps a list of the class. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { WebSocket } from 'ws';
import { createChatServer } from '#day3/given/internals/chat-server.ts';
import type { Deliver, History } from '#day3/given/internals/options.ts';
import type { Member } from '#day3/given/rooms.ts';
import type { ChatMessage } from '#day3/given/server-messages.ts';
import { Tokens } from '#day3/given/tokens.ts';
import { partsFor } from '#solutions/day3-chat/app.ts';
import { RateLimit } from '#solutions/day3-chat/bonus/rate-limit.ts';
import { Chat } from '#solutions/day3-chat/chat.ts';
import { pageHandler } from '#tools/serve.ts';
import { REMOVED, type Classroom } from './classroom.ts';
import { LIMITS, WISHES, type Refusal, type Room, type Wish } from './protocol.ts';
import type { Store } from './store.ts';

const YEAR_MS = 365 * 86_400_000;

/** What the board's page has to know besides the class. */
export interface Facts {
  /** the page of voters, as others reach it */
  voteUrl: string;
  /** what a learner types */
  join: string;
  /** other addresses of this machine */
  others: string[];
  /** the QR code of `voteUrl`, an SVG */
  qr: string;
  days: { number: number; title: string; exercises: { id: string; name: string }[] }[];
  questions: { id: string; title: string }[];
}

export interface BoardServer {
  server: Server;
  /** Closes every connection, and resolves when the last change is in the file. */
  stop(): Promise<void>;
}

/**
 * The board's server, not yet listening.
 *
 * @param options.facts called for each page, because the port is known only when the server listens
 * @param options.forgotten called after the instructor has asked to forget everything
 */
export function createBoard(
  classroom: Classroom,
  store: Store,
  options: { facts: () => Facts; forgotten?: () => void; now?: () => number },
): BoardServer {
  const chat = new ClassChat(classroom, store, options);
  const { server, wss, stop } = createChatServer(
    // A learner's machine sends all its reports at once, and a token of the chat is too short-lived for a course.
    { ...partsFor(chat), typing: undefined, rateLimit: () => new RateLimit({ burst: LIMITS.reports + 10 }) },
    {
      tokens: new Tokens({ secret: classroom.state.secret, life: YEAR_MS, now: options.now }),
      page: answerPage(options.facts),
      open: () => wss.clients.size < LIMITS.connections,
    },
  );
  wss.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    if (isInstructor(request)) chat.instructors.add(socket);
  });
  return {
    server,
    stop: async () => {
      await Promise.all([stop(1000), store.save().catch(() => {})]);
    },
  };
}

/**
 * Whether a request comes from this machine, and from a page or a program that talks to it by its own name.
 *
 * The address alone isn't enough: a page of another site can give its own name the address 127.0.0.1 (DNS rebinding). Its requests come
 * from this machine then, but `Host` still has the site's name.
 */
export function isInstructor({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): boolean {
  const isHere = ['127.0.0.1', '::1', '::ffff:127.0.0.1'].includes(socket.remoteAddress ?? '');
  const isForwarded = 'forwarded' in headers || 'x-forwarded-for' in headers; // a proxy on this machine, for somebody else
  return isHere && !isForwarded && /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i.test(headers.host ?? '');
}

/** A chat that keeps a list of the class. Nobody hears of the others: what one says goes to the board, and the answer to its sender. */
class ClassChat extends Chat {
  /** connections from this machine */
  readonly instructors = new WeakSet<WebSocket>();
  readonly #classroom: Classroom;
  readonly #store: Store;
  readonly #options: { forgotten?: () => void; now?: () => number };
  /** what each page has got last */
  readonly #shown = new WeakMap<Member, string>();
  #showing: Promise<void> | undefined;
  #isForgotten = false;

  constructor(classroom: Classroom, store: Store, options: { forgotten?: () => void; now?: () => number }) {
    super({ now: options.now });
    this.#classroom = classroom;
    this.#store = store;
    this.#options = options;
  }

  /** A report with a known key is confirmed again, and counts once. */
  override readonly history: History = {
    add() {},
    after: () => [],
    find: (room, userId, key) =>
      room === 'learner' && this.#classroom.has(userId, key)
        ? this.#store.save().then(() => ({ type: 'chat', id: key, userId, name: '', text: 'known', timestamp: 0, key }))
        : undefined,
  };

  override readonly deliver: Deliver = (room, message) => {
    if (message.type === 'chat') void this.#take(room as Room, message);
  };

  override join(member: Member, room: string): void {
    const { userId, name } = member.user;
    const refusal =
      this.#mayEnter(member, room) ?? (room === 'learner' ? this.#classroom.enter(userId, name) : undefined);
    if (refusal) return member.send({ type: 'error', ...refusal });
    this.rooms.add(room, member);
    member.send({ type: 'init', room, userId, onlineUsers: [] });
    if (room === 'learner') this.#show();
    else this.#showTo(member);
  }

  override leave(member: Member): void {
    this.rooms.remove(member);
  }

  /** Learners change their name with a wish of their own: names on the board are unique. */
  override setName(): void {}

  #mayEnter({ socket }: Member, room: string): Refusal | undefined {
    if (!Object.hasOwn(WISHES, room)) return { code: 'no-such-room', message: 'The board has no such room.' };
    if (room === 'instructor' && !this.instructors.has(socket))
      return { code: 'not-here', message: "Only the instructor's own machine may do that." };
  }

  /** Does what one connection asks for, and confirms it when it is in the file. */
  async #take(room: Room, message: ChatMessage): Promise<void> {
    const sender = [...this.rooms.members(room)].filter(({ user }) => user.userId === message.userId);
    const refusal = this.#read(room, message);
    if (refusal) return sender.forEach((member) => member.send({ type: 'error', ...refusal }));
    try {
      await (this.#isForgotten ? this.#store.forget() : this.#store.save());
    } catch (error) {
      // Not confirmed, so it will be sent again.
      return console.error(`The class can't be written to its file: ${(error as Error).message}`);
    }
    sender.forEach((member) => member.send(message));
    if (this.#isForgotten) this.#options.forgotten?.();
    else this.#show();
  }

  #read(room: Room, { userId, text, key = '' }: ChatMessage): Refusal | undefined {
    const parsed = WISHES[room].safeParse(parseJson(text));
    if (!parsed.success) return { code: 'invalid-wish', message: parsed.error.issues[0].message };
    const wish = parsed.data as Wish;
    const { state } = this.#classroom;
    if (room === 'learner' && !Object.hasOwn(state.rows, userId)) return REMOVED;
    switch (wish.do) {
      case 'report':
        return this.#classroom.report(userId, key, wish.marks, this.now() - wish.ago) as undefined;
      case 'rename':
        return this.#classroom.rename(userId, wish.name);
      case 'leave':
        return this.#classroom.leave(userId) as undefined;
      case 'vote':
        return this.#classroom.vote(userId, wish.question, wish.choice);
      case 'ask':
        return this.#classroom.ask(wish.question);
      case 'reveal':
        return this.#classroom.reveal();
      case 'end':
        return this.#classroom.end();
      case 'remove':
        return this.#classroom.remove(wish.name);
      case 'forget':
        this.#isForgotten = true;
    }
  }

  /** Sends the new state to the pages, once for all changes that are written together. */
  #show(): void {
    this.#showing ??= this.#store
      .save()
      .catch(() => {})
      .then(() => {
        this.#showing = undefined;
        for (const room of ['instructor', 'voter']) for (const member of this.rooms.members(room)) this.#showTo(member);
      });
  }

  #showTo(member: Member): void {
    const { userId } = member.user;
    const view =
      member.room === 'instructor' ? this.#classroom.boardView(this.now()) : this.#classroom.voterView(userId);
    // The time alone is no reason to send: a report of a learner changes nothing for the voters.
    const seen = JSON.stringify({ ...view, now: 0 });
    if (this.#shown.get(member) === seen) return;
    this.#shown.set(member, seen);
    const text = JSON.stringify(view);
    member.send({ type: 'chat', id: this.newId(), userId: 'board', name: 'board', text, timestamp: this.now() });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `/` is the board for the instructor, and the vote for everyone else. `/class` says that this is a board, `/facts` and `/qr.svg` serve the page. */
function answerPage(facts: () => Facts): (request: IncomingMessage, response: ServerResponse) => void {
  const files = pageHandler(import.meta.url);
  return (request, response) => {
    const path = (request.url ?? '').replace(/\?.*/s, '');
    const answer = (type: string, body: string): void => {
      response.writeHead(200, {
        'Content-Type': type,
        'Cache-Control': 'no-store',
        'X-Content-Type-Options': 'nosniff',
      });
      response.end(body);
    };
    if (path === '/class') return answer('application/json', '{"board":1}');
    if (path === '/facts') return answer('application/json', JSON.stringify({ ...facts(), qr: undefined }));
    if (path === '/qr.svg') return answer('image/svg+xml', facts().qr);
    if (path === '/vote' || (path === '/' && !isInstructor(request))) request.url = '/vote.html';
    void files(request, response);
  };
}
