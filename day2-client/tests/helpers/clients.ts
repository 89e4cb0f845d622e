import { WebSocket as WsSocket, type WebSocket as ServerSocket } from 'ws';
import { fail, load, onCleanUp, serve, show, within } from '#kit';
import type { Options, Socket } from '#day2/given/base-client.ts';

export type Constructor = NonNullable<Options['WebSocket']>;

export const ws = WsSocket as unknown as Constructor;

/** Node's own WebSocket, from 22 on, is the browser's: what holds for ws must hold for it. */
export const kinds: [string, Constructor][] = [
  ['ws', ws],
  ...(globalThis.WebSocket
    ? [["Node's own", globalThis.WebSocket as unknown as Constructor] as [string, Constructor]]
    : []),
];

/** The learner's client, not connected; its socket is closed at the end. */
export async function make(url: string, WebSocket = ws) {
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
    client.openSocket = () => fail('A connection was opened after the end of the check.'); // one that reconnects by itself would never stop
    if (!socket || socket.readyState === 3) return;
    (socket as Socket & { terminate?: () => void }).terminate?.();
    if (socket.readyState < 2) socket.close();
    await within(event(socket, 'close'), 'the end of the connection', () => '');
  });
  return { client, problems, sent, states };
}

/** A client on a socket that only takes note: `send` and `close` reach nobody. */
export async function pretended() {
  const made = await make('ws://127.0.0.1');
  const reached: unknown[] = [];
  made.client.socket = {
    readyState: 1,
    bufferedAmount: 70_000,
    send: (data: unknown) => void reached.push(data),
    close: (...args: unknown[]) => void reached.push(args),
  } as unknown as Socket;
  onCleanUp(() => (made.client.socket = undefined));
  return { ...made, reached };
}

/** A server that answers no handshake before `letIn` is called. */
export async function slowServer() {
  let isOpen = false;
  let requests = 0;
  const answers: ((yes: boolean) => void)[] = [];
  let knock!: () => void;
  const knocked = new Promise<void>((resolve) => (knock = resolve));
  const verifyClient = (_info: unknown, answer: (yes: boolean) => void): void => {
    requests++;
    if (isOpen) answer(true);
    else answers.push(answer);
    knock();
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
    requests: () => requests,
    knocked: () => within(knocked, 'the handshake', () => 'No request came to the server.'),
  };
}

/** What an exercise is to give at once: a promise. */
export function promised<T>(value: Promise<T>, call: string): Promise<T> {
  if (typeof (value as Promise<T> | undefined)?.then !== 'function')
    fail(`${call} returned ${show(value)}; a Promise was expected. Is a \`return\` missing?`);
  return value;
}

/** What was thrown, without its stack. */
export const told = (thrown: unknown): string =>
  thrown instanceof Error ? `${thrown.name}: ${thrown.message}`.replace(/\.$/, '') : show(thrown);

export const event = (socket: Socket, type: 'open' | 'close'): Promise<void> =>
  new Promise((resolve) => socket.addEventListener(type as 'open', () => resolve()));

/** Closes, and waits for the end: by then all that was sent before has arrived. */
export async function closeAndWait(socket: Socket): Promise<void> {
  const closed = event(socket, 'close');
  socket.close();
  await within(closed, 'the end of the connection', () => '');
}

/** The learner's client with an open socket, made without `connect`; and the server's end of it. */
export async function open(WebSocket = ws, onMessage: (socket: ServerSocket, text: string) => void = () => {}) {
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
  const made = await make(url, WebSocket);
  await within(event(made.client.openSocket(), 'open'), 'the open connection', () => '');
  /** Until the server has seen the end of the connection. */
  const ended = (): Promise<{ code: number; reason: string }> =>
    within(
      new Promise((resolve) => peer.on('close', (code, reason) => resolve({ code, reason: String(reason) }))),
      'the end of the connection at the server',
      () => `The client's state is "${made.client.state}".`,
    );
  return { ...made, peer, wss, heard, ended };
}
