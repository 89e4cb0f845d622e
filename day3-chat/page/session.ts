import type { Closed } from '#day2/given/base-client.ts';
import type { ClientMessage } from '#day3/protocol.ts';
import type { ServerMessage } from '#day3/given/server-messages.ts';
import { RealtimeClient } from '#solutions/day2-client/client.ts';

/** The types of message that the page handles. */
const TYPES: ServerMessage['type'][] = ['init', 'chat', 'joined', 'left', 'renamed', 'typing', 'gap', 'error'];

export interface Connection {
  /** @returns false if the connection isn't open: then nothing is sent */
  send(message: ClientMessage): boolean;
}

export interface Events {
  opened(): void;
  received(message: ServerMessage): void;
  /** @param why in words for the reader; called once, whatever happened */
  ended(why: string): void;
}

/** Who this browser is: what the server gave it, to be exchanged for a fresh token, and the name. */
interface Identity {
  name: string;
  renewal?: string;
}

// It belongs to the browser and not to the typed name: a reload, a second tab and a new name leave the person the same.
const KEY = 'day3-chat me';

/** @param alone whether this tab is a person of its own, apart from the browser's other tabs */
export function remembered(alone = sessionStorage.getItem(KEY) !== null): Identity | undefined {
  try {
    return JSON.parse((alone ? sessionStorage : localStorage).getItem(KEY) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}

/** Whether this tab has been made a person of its own. */
export const isAlone = (): boolean => sessionStorage.getItem(KEY) !== null;

/** Keeps a new name for the next visit. */
export function rememberName(name: string): void {
  const identity = remembered();
  if (identity) remember({ ...identity, name });
}

function remember(identity: Identity, alone = isAlone()): void {
  (alone ? sessionStorage : localStorage).setItem(KEY, JSON.stringify(identity));
}

/** Gets a token, and connects with it. @param alone this tab is to be a person of its own */
export function open(name: string, alone: boolean, events: Events): Connection {
  let client: RealtimeClient | undefined;
  signIn(name, alone).then(
    (token) => (client = connect(token, events)),
    (error: Error) => events.ended(error.message),
  );
  return { send: (message) => client?.send(message) ?? false };
}

async function signIn(name: string, alone: boolean): Promise<string> {
  if (!alone) sessionStorage.removeItem(KEY);
  const body = JSON.stringify({ name, renewal: remembered(alone)?.renewal });
  const response = await fetch('/token', { method: 'POST', body }).catch(() => {
    throw new Error('The server cannot be reached. Is it running?');
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`The server gave no token for this name: ${answer.message}`);
  remember({ name, renewal: answer.renewal }, alone);
  return answer.token;
}

/** Day 2's client makes the connection. It reports a bad message, and goes on with the next one. */
function connect(token: string, events: Events): RealtimeClient {
  let wasOpen = false;
  const client = new RealtimeClient(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`, {
    // The token is not in the URL, because every proxy on the way writes URLs into its log.
    protocols: ['chat', `token.${token}`],
    onState(state, closed) {
      if (state === 'open') wasOpen = true;
      if (closed && wasOpen) events.ended(howItEnded(closed));
    },
    onProblem: (problem) => console.error(problem),
  });
  for (const type of TYPES) client.on(type, (message) => events.received(message as ServerMessage));
  client.connect().then(events.opened, async () => events.ended(await whyRefused(token)));
  return client;
}

const howItEnded = ({ code, reason }: Closed): string =>
  `The connection was closed with code ${code}${reason && `: ${reason.replace(/\.$/, '')}`}. You can enter again.`;

/** To a page's script, a refused handshake and a dead server look the same: 1006. Over HTTP it can ask which of them it was. */
async function whyRefused(token: string): Promise<string> {
  const response = await fetch('/token', { headers: { Authorization: `Bearer ${token}` } }).catch(() => undefined);
  if (!response) return 'The server cannot be reached. Is it running?';
  if (response.status === 401)
    return `The server refused your token (401). ${(await response.json()).message} Enter again to get a new one.`;
  return 'The server refused the connection, although your token is good. Perhaps it does not accept pages from this origin.';
}
