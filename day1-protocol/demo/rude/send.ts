import { connect } from 'node:net';

const HANDSHAKE =
  'GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';

/** How many seconds a server on the same machine has for the handshake. */
const PATIENCE = 10;

/** How a connection ended. */
export interface Reaction {
  says: string;
  /** of the server's close frame; undefined if none came */
  code?: number;
}

/** Whether a program listens on this port, and whether it answers the opening handshake with 101. */
export async function isAnswering(port: number): Promise<{ isThere: boolean; isWebSocket: boolean }> {
  const { came, isThere } = await talk(port, HANDSHAKE, PATIENCE, (bytes) => bytes.includes('\r\n\r\n'));
  return { isThere, isWebSocket: came.toString('latin1').startsWith('HTTP/1.1 101 ') };
}

/** Sends the bytes right after the handshake. @param seconds how long to wait for an end @returns how the connection ended */
export async function sendRudely(port: number, bytes: Uint8Array, seconds: number): Promise<Reaction> {
  const { came, isClosed } = await talk(port, Buffer.concat([Buffer.from(HANDSHAKE), bytes]), seconds, () => false);
  if (!isClosed) return { says: `nothing for ${seconds} s: the connection stays open` };
  // The server's last frame, if it is a close frame of two bytes: 88 02, and the code.
  const [opcode, length] = came.subarray(-4);
  if (opcode !== 0x88 || length !== 2) return { says: 'the connection ended without a close frame' };
  const code = came.readUInt16BE(came.length - 2);
  return { says: `closed with ${code}`, code };
}

/** Sends something, and reads until `isEnough`, until the connection is closed, or until the server has had its time. */
function talk(
  port: number,
  text: string | Uint8Array,
  seconds: number,

  isEnough: (came: Buffer) => boolean,
): Promise<{ came: Buffer; isThere: boolean; isClosed: boolean }> {
  return new Promise((resolve) => {
    let came = Buffer.alloc(0);
    let isThere = false;
    let isClosed = true;
    const socket = connect(port, '127.0.0.1');
    const timer = setTimeout(giveUp, seconds * 1000);
    socket.on('connect', () => (isThere = true));
    socket.on('error', () => {}); // refused or reset: 'close' follows
    socket.on('close', () => {
      clearTimeout(timer);
      resolve({ came, isThere, isClosed });
    });
    socket.on('data', (data) => {
      came = Buffer.concat([came, data]);
      if (isEnough(came)) socket.destroy();
    });
    socket.write(text);

    function giveUp(): void {
      isClosed = false;
      socket.destroy();
    }
  });
}
