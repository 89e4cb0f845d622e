/** Clients, sockets and servers for the checks of day 2. */
import { WebSocket as WsSocket, type WebSocket as ServerSocket } from 'ws';
import { fail, load, onCleanUp, serve, show, within } from '#kit';
import type { Options, Socket } from '#day2/given/base-client.ts';

export type Constructor = NonNullable<Options['WebSocket']>;

export const ws = WsSocket as unknown as Constructor;

/** What works with ws must also work with Node's own WebSocket (from 22), which has only what a browser's has. */
export const kinds: [string, Constructor][] = [
  ['ws', ws],
  ...(globalThis.WebSocket
    ? [["Node's own", globalThis.WebSocket as unknown as Constructor] as [string, Constructor]]
    : []),
];

/** Creates the learner's client, not connected. Its socket is closed at the end of the check. */
export async function createClient(url: string, WebSocket = ws) {
  const { RealtimeClient } = await load(() => import('#day2/client.ts'), 'RealtimeClient');
  const problems: Error[] = [];
  const sent: unknown[] = [];
  const states: string[] = [];
  const onTraffic = (direction: string, data: unknown): void => void (direction === 'sent' && sent.push(data));
  const client = new RealtimeClient(url, {
    WebSocket,
    onProblem: (problem) => problems.push(problem),
    onTraffic,
    onState: (state) => states.push(state),
  });
  onCleanUp(async () => {
    const { socket } = client;
    client.openSocket = () => fail('A connection was opened after the end of the check.'); // a client that reconnects would never stop
    if (!socket || socket.readyState === 3 || socket instanceof FakeSocket) return;
    const closed = nextEvent(socket, 'close');
    (socket as Socket & { terminate?: () => void }).terminate?.();
    if (socket.readyState < 2) socket.close();
    await within(closed, 'the end of the connection', () => '');
  });
  return { client, problems, sent, states };
}

/** The methods that ws's socket has, and a browser's doesn't have. */
const NODE_ONLY = ['on', 'once', 'off', 'addListener', 'removeListener', 'terminate', 'ping', 'pong'];

/** A socket that does what the check tells it to: it fires events, but reaches nobody. It has what a browser's has, and no more. */
export class FakeSocket extends EventTarget implements Socket {
  declare addEventListener: Socket['addEventListener'] & EventTarget['addEventListener'];
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSING = 2;
  readonly CLOSED = 3;
  readyState: number;
  bufferedAmount = 0;
  binaryType = 'blob';
  /** what was passed to `send`, and the arguments of each `close` */
  readonly calls: unknown[] = [];
  /** the Node-only methods that the learner's code looked for */
  readonly nodeOnly: string[] = [];

  constructor(readyState = 0) {
    super();
    this.readyState = readyState;
    for (const name of NODE_ONLY)
      Object.defineProperty(this, name, { get: () => void this.nodeOnly.push(name), configurable: true });
  }

  send(data: unknown): void {
    this.calls.push(data);
  }

  close(...args: unknown[]): void {
    this.calls.push(args);
    if (this.readyState < 2) this.readyState = 2;
  }

  /** Fires an event, also to a listener in a property such as `onopen`. */
  fire(type: 'open' | 'error' | 'close', readyState = this.readyState): void {
    this.readyState = readyState;
    const event = Object.assign(new Event(type), type === 'close' && { code: 1006, reason: '', wasClean: false });
    const property: unknown = Reflect.get(this, `on${type}`);
    if (typeof property === 'function') property.call(this, event);
    this.dispatchEvent(event);
  }
}

/** A client that makes FakeSockets. `sockets` are those that it has made so far. */
export async function createFakeClient() {
  const sockets: FakeSocket[] = [];
  class WebSocket extends FakeSocket {
    constructor(_url: string) {
      super();
      sockets.push(this);
    }
  }
  return { ...(await createClient('ws://127.0.0.1', WebSocket)), sockets };
}

/** A client with an OPEN FakeSocket. `calls` are those of the socket's `send` and `close`. */
export async function createFakeOpenClient() {
  const made = await createClient('ws://127.0.0.1');
  const socket = new FakeSocket(1);
  made.client.socket = socket;
  onCleanUp(() => (made.client.socket = undefined));
  return { ...made, socket, calls: socket.calls };
}

/** A server that answers no handshake before `letIn` is called. */
export async function slowServer() {
  let isOpen = false;
  let requests = 0;
  const answers: ((yes: boolean) => void)[] = [];
  let onRequest!: () => void;
  const requested = new Promise<void>((resolve) => (onRequest = resolve));
  const verifyClient = (_info: unknown, answer: (yes: boolean) => void): void => {
    requests++;
    if (isOpen) answer(true);
    else answers.push(answer);
    onRequest();
  };
  const { url, wss } = await serve(() => {}, { verifyClient });
  const letIn = (): void => {
    isOpen = true;
    for (const answer of answers) answer(true);
  };
  return {
    url,
    wss,
    letIn,
    /** how many handshakes have reached the server */
    requests: () => requests,
    /** resolves when the first handshake has reached the server */
    requested: () => within(requested, 'the handshake', () => 'No request came to the server.'),
  };
}

/** Checks that a call returned a promise. @param call in words, such as `connect()` */
export function promised<T>(value: Promise<T>, call: string): Promise<T> {
  if (typeof (value as Promise<T> | undefined)?.then !== 'function')
    fail(`${call} returned ${show(value)}, but it should return a Promise. Is a \`return\` missing?`);
  return value;
}

/** How a promise settles: `resolved`, or what it was rejected with. */
export const outcomeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'resolved',
    (error: unknown) => error,
  );

/** A thrown value in words, without its stack. */
export const inWords = (thrown: unknown): string =>
  thrown instanceof Error ? `${thrown.name}: ${thrown.message}`.replace(/\.$/, '') : show(thrown);

export const nextEvent = (socket: Socket, type: 'open' | 'close'): Promise<void> =>
  new Promise((resolve) => socket.addEventListener(type as 'open', () => resolve()));

/** Closes a socket, and waits until it is closed: by then, everything that was sent before has arrived. */
export async function closeAndWait(socket: Socket): Promise<void> {
  const closed = nextEvent(socket, 'close');
  socket.close();
  await within(closed, 'the end of the connection', () => '');
}

/** Creates the learner's client with an open socket, without using `connect`, and gives the server's side, too. */
export async function openClient(WebSocket = ws, onMessage: (socket: ServerSocket, text: string) => void = () => {}) {
  let peer!: ServerSocket;
  const heard: string[] = [];
  const { url, wss } = await serve((wss) =>
    wss.on('connection', (socket) => {
      peer = socket;
      socket.on('message', (data) => {
        heard.push(String(data));
        onMessage(socket, String(data));
      });
    }),
  );
  const made = await createClient(url, WebSocket);
  await within(nextEvent(made.client.openSocket(), 'open'), 'the open connection', () => '');
  /** Resolves when the server has seen the end of the connection. */
  const ended = (): Promise<{ code: number; reason: string }> =>
    within(
      new Promise((resolve) => peer.on('close', (code, reason) => resolve({ code, reason: String(reason) }))),
      'the end of the connection at the server',
      () => `The client's state is "${made.client.state}".`,
    );
  return { ...made, peer, wss, heard, ended };
}
