/** The same text for every WebSocket server. A server that knows it speaks WebSocket (RFC 6455 §1.3). */
export const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** The side that sent a frame. A client masks every frame, a server none (RFC 6455 §5.1). */
export type Sender = 'client' | 'server';

/** The part of a frame before its payload (RFC 6455 §5.2). */
export interface Header {
  /** true in the last, or only, frame of a message */
  fin: boolean;
  /** the three reserved bits RSV1, RSV2, RSV3 as a number from 0 to 7; 0 unless both sides agreed on an extension */
  rsv: number;
  /** 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong */
  opcode: number;
  masked: boolean;
  /** of the payload, in bytes */
  length: number;
}

/** One whole frame. */
export interface Frame extends Header {
  /** already unmasked */
  payload: Uint8Array;
  /** how many bytes the whole frame has: the next frame starts after them */
  size: number;
}

/** The opcodes that RFC 6455 §11.8 defines. From 8 on, they are control frames. */
export const OPCODES = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** The peer broke the protocol. `code` is the close code that says so (RFC 6455 §7.4.1). */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}
