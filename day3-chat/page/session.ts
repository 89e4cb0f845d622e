import type { ClientMessage } from '#day3/protocol.ts';
import type { ServerMessage } from '#day3/given/server-messages.ts';

export interface Connection {
  /** @returns false where the connection is not open: the message is not sent */
  send(message: ClientMessage): boolean;
}

export interface Events {
  opened(): void;
  received(message: ServerMessage): void;
  /** @param why in words for the reader; called once, whatever happened */
  ended(why: string): void;
}

/** Gets a token for a name, and connects with it. */
export function open(name: string, events: Events): Connection {
  let socket: WebSocket | undefined;
  signIn(name).then(
    (token) => (socket = connect(token, events)),
    (error: Error) => events.ended(error.message),
  );
  return {
    send(message) {
      if (socket?.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
  };
}

/** The same name in two tabs of one browser is the same user: the renewal of the first tab's token is kept for the second. */
async function signIn(name: string): Promise<string> {
  const place = `day3-chat renewal ${name}`;
  const body = JSON.stringify({ name, renewal: localStorage.getItem(place) ?? undefined });
  const response = await fetch('/token', { method: 'POST', body }).catch(() => {
    throw new Error('The server cannot be reached. Is it running?');
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(`No token for this name. The server says: ${answer.message}`);
  localStorage.setItem(place, answer.renewal);
  return answer.token;
}

function connect(token: string, events: Events): WebSocket {
  const url = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}`;
  // Beside the name of the protocol: an URL would be written down in the log of every proxy on the way.
  const socket = new WebSocket(url, ['chat', `token.${token}`]);
  let wasOpen = false;
  socket.addEventListener('open', () => {
    wasOpen = true;
    events.opened();
  });
  socket.addEventListener('message', ({ data }) => events.received(JSON.parse(data)));
  socket.addEventListener('close', async ({ code, reason }) => {
    if (wasOpen)
      return events.ended(
        `The connection was closed, with code ${code}${reason && `: ${reason.replace(/\.$/, '')}`}. You can enter again.`,
      );
    events.ended(await whyRefused(token));
  });
  return socket;
}

/** A refused handshake and a dead server look the same to a page: 1006. Over HTTP it can ask which of them it was. */
async function whyRefused(token: string): Promise<string> {
  const response = await fetch('/token', { headers: { Authorization: `Bearer ${token}` } }).catch(() => undefined);
  if (!response) return 'The server cannot be reached. Is it running?';
  if (response.status === 401)
    return `The server refused your token (401). ${(await response.json()).message} Enter again for a fresh one.`;
  return 'The server refused the connection, although the token is good: this page may come from another origin.';
}
