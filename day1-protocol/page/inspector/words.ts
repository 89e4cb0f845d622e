/** Bytes, in words and digits. */
import { OPCODES } from '#day1/given/rfc6455.ts';

const SHOWN = 24; // bytes of a payload, in hexadecimal
const READ = 64; // and as text
const NAMES = new Map<number, string>(Object.entries(OPCODES).map(([name, opcode]) => [opcode, name]));

/** `text`, `ping`, `reserved opcode 3` */
export const nameOf = (opcode: number): string => NAMES.get(opcode) ?? `reserved opcode ${opcode}`;

/** `81 85 37 fa` */
export const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');

/** The first bytes, and how many more there are. */
export const shortened = (bytes: Uint8Array): string =>
  bytes.length > SHOWN
    ? `${hex(bytes.subarray(0, SHOWN))} … ${(bytes.length - SHOWN).toLocaleString('en-GB')} more`
    : hex(bytes);

/** A payload in words: the text of a text frame, the code and the reason of a close frame. */
export function wordsOf(opcode: number, payload: Uint8Array): string {
  const text = (bytes: Uint8Array): string => {
    const part = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, READ), { stream: true });
    return `“${part}”${bytes.length > READ ? ' …' : ''}`;
  };
  if (opcode === OPCODES.text) return text(payload);
  if (opcode !== OPCODES.close || payload.length < 2) return '';
  const code = `code ${payload[0] * 256 + payload[1]}`;
  return payload.length > 2 ? `${code}, reason ${text(payload.subarray(2))}` : code;
}

/** `1 byte`, `128 bytes` */
export const count = (bytes: number): string => `${bytes.toLocaleString('en-GB')} ${bytes === 1 ? 'byte' : 'bytes'}`;

/** `1 more byte`, `4,080 more bytes` */
export const more = (bytes: number): string => count(bytes).replace(' ', ' more ');
