import type { Sender } from '#day1/given/rfc6455.ts';
import { make } from './dom.ts';
import { remarkLine } from './show-frame.ts';

const MEANINGS: Record<string, string> = {
  get: 'The request line. So far this is plain HTTP: any path will do.',
  'http/1.1': 'The status line. 101 means: from the next byte on, this connection speaks another protocol.',
  host: 'The server that the client wants to reach.',
  origin: 'The page that opens the connection. A browser always adds it, so a server can refuse strangers (day 3).',
  upgrade: 'The protocol to change to.',
  connection: 'It says that the header Upgrade is meant for this connection only.',
  'sec-websocket-key': '16 random bytes as base64 text. The server has to answer with a hash of them.',
  'sec-websocket-version': 'The version of the protocol: 13 is the only one that is used.',
  'sec-websocket-extensions': 'Extensions that the client would like, such as compression. This server declines.',
  'sec-websocket-accept': 'The hash of the key and the GUID, as base64. It proves that the server speaks WebSocket.',
};

/** The HTTP of one side. Each line that matters is a field; the others are folded away. */
export function viewHead(bytes: Uint8Array): HTMLElement[] {
  const lines = new TextDecoder('latin1').decode(bytes).trimEnd().split('\r\n');
  const known = lines.filter((line) => nameOf(line) in MEANINGS);
  const others = lines.filter((line) => !known.includes(line));
  const body = [make('div', 'head-lines', ...known.map(lineButton))];
  if (others.length === 0) return body;
  const summary = make('summary', '', `${others.length} more ${others.length === 1 ? 'line' : 'lines'}`);
  return [...body, make('details', 'small', summary, make('pre', '', others.join('\n')))];
}

/** `get`, `http/1.1`, or the name of a header in lower case */
const nameOf = (line: string): string => line.split(/[: ]/, 1)[0].toLowerCase();

function lineButton(line: string): HTMLElement {
  const button = make('button', 'field head-line', line);
  button.type = 'button';
  button.tabIndex = -1;
  button.dataset.says = MEANINGS[nameOf(line)];
  if (/^sec-websocket-(?:key|accept)$/.test(nameOf(line))) button.dataset.kind = 'key';
  return button;
}

/** The value of `Sec-WebSocket-Accept`. */
export const acceptIn = (head: Uint8Array): string | undefined =>
  /^sec-websocket-accept: *(.*)$/im.exec(new TextDecoder('latin1').decode(head))?.[1].trim();

/** The learner's `acceptKey` beside what the server answered. */
export function compareAccept(server: string, yours: { answer?: string; problem?: string }): HTMLElement {
  if (yours.answer === server)
    return remarkLine({ tone: 'good', words: `Your acceptKey returns the same: ${yours.answer}` });
  if (yours.answer !== undefined)
    return remarkLine({
      tone: 'wrong',
      words: `Your acceptKey returns ${yours.answer}. The server answered ${server}.`,
    });
  const unwritten = yours.problem?.includes('is not written yet');
  return remarkLine(
    unwritten
      ? { tone: 'todo', words: 'acceptKey (1.1) is not written yet.' }
      : { tone: 'wrong', words: `Your acceptKey gave no answer: ${yours.problem}` },
  );
}

export const titleOf = (from: Sender): string =>
  from === 'client' ? 'handshake: the request' : 'handshake: the answer';
