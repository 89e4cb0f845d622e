import type { Sender } from '#day1/given/rfc6455.ts';
import { headerOf } from './reading.ts';
import { count, hex, nameOf, shortened } from './words.ts';

/** One coloured part of a frame. */
export interface Field {
  kind: 'fin' | 'rsv' | 'opcode' | 'mask' | 'length' | 'key' | 'payload' | 'rest' | 'unmasked';
  name: string;
  /** its bits or bytes */
  value: string;
  /** what it means, in a sentence or two */
  says: string;
}

/** Fields that share their bytes, such as FIN, RSV and opcode. */
export interface Group {
  /** the bytes in hexadecimal, if the fields show something else */
  hex?: string;
  fields: Field[];
}

const KINDS: Record<string, string | undefined> = {
  continuation: 'the next fragment of a message that has begun',
  text: 'a text message, in UTF-8',
  binary: 'a binary message, any bytes',
  close: 'the end of the connection; both sides send one',
  ping: 'a question: are you there?',
  pong: 'the answer to a ping, with the same payload',
};

/**
 * The fields of a frame, in the order in which they are on the wire.
 *
 * @param read what the learner's `readLength` returned: the fields begin and end where it says
 */
export function fieldsOf(bytes: Uint8Array, from: Sender, read: { length: number; next: number }): Group[] {
  const masked = bytes[1] >= 0x80;
  const start = masked ? read.next + 4 : read.next;
  const groups: Group[] = [firstByte(bytes, from), secondByte(bytes, from, read.length)];
  const add = (field: Field): void => void (field.value && groups.push({ fields: [field] }));
  const long = bytes.subarray(2, read.next);
  add({
    kind: 'length',
    name: 'longer length',
    value: hex(long),
    says: `The length, in ${count(long.length)}. Your readLength reads ${hex(long)} as ${read.length.toLocaleString('en-GB')}.`,
  });
  const key = masked ? bytes.subarray(read.next, start) : bytes.subarray(0, 0);
  add({
    kind: 'key',
    name: 'masking key',
    value: hex(key),
    says: `The masking key: four bytes that the client has invented for this frame. They are not secret.`,
  });
  const payload = bytes.subarray(start, start + read.length);
  add({
    kind: 'payload',
    name: masked ? 'payload, masked' : 'payload',
    value: shortened(payload),
    says: `The payload, ${count(payload.length)}${masked ? '. Each byte is combined with a byte of the key, by XOR' : ''}.`,
  });
  return groups;
}

/** How many bytes of the frame are left over behind the learner's reading. Below 0: how many more bytes it waits for. */
export function cutOf(bytes: Uint8Array, { length, next }: { length: number; next: number }): number {
  return bytes.length - ((bytes[1] >= 0x80 ? next + 4 : next) + length);
}

/** The bytes behind a cut that came too early. */
export function restOf(bytes: Uint8Array, extra: number): Field {
  return {
    kind: 'rest',
    name: 'left over',
    value: shortened(bytes.subarray(bytes.length - extra)),
    says: `${count(extra)} of this frame that are left over. Your code would read them as the next frame.`,
  };
}

export function unmaskedField(payload: Uint8Array): Field {
  return {
    kind: 'unmasked',
    name: 'payload, unmasked',
    value: shortened(payload),
    says: `The payload as your unmask returned it, ${count(payload.length)}.`,
  };
}

const bits = (byte: number): string => byte.toString(2).padStart(8, '0');

function firstByte(bytes: Uint8Array, from: Sender): Group {
  const { fin, rsv, opcode } = headerOf(bytes, 0);
  const all = bits(bytes[0]);
  const kind = KINDS[nameOf(opcode)];
  return {
    hex: hex(bytes.subarray(0, 1)),
    fields: [
      {
        kind: 'fin',
        name: 'FIN',
        value: all[0],
        says: fin
          ? 'FIN is 1: this is the last frame of its message, or its only one.'
          : 'FIN is 0: more fragments of this message follow.',
      },
      {
        kind: 'rsv',
        name: 'RSV',
        value: all.slice(1, 4),
        says: rsv
          ? 'A reserved bit is 1. No extension was agreed on in the handshake, so this breaks the protocol.'
          : 'The three reserved bits are 0: no extension is in use.',
      },
      {
        kind: 'opcode',
        name: kind ? nameOf(opcode) : 'reserved',
        value: all.slice(4),
        says: kind
          ? `The opcode is ${opcode}, ${nameOf(opcode)}: ${kind}.`
          : `The opcode is ${opcode}, which is reserved: a ${from} may not send it.`,
      },
    ],
  };
}

function secondByte(bytes: Uint8Array, from: Sender, length: number): Group {
  const masked = bytes[1] >= 0x80;
  const short = bytes[1] & 0x7f;
  const rule = masked === (from === 'client') ? '' : ` This breaks the protocol.`;
  return {
    hex: hex(bytes.subarray(1, 2)),
    fields: [
      {
        kind: 'mask',
        name: 'mask',
        value: bits(bytes[1])[0],
        says: `The mask bit is ${masked ? 1 : 0}: the payload is ${masked ? '' : 'not '}masked. A client masks every frame, a server none.${rule}`,
      },
      {
        kind: 'length',
        name: 'length',
        value: bits(bytes[1]).slice(1),
        says:
          short < 126
            ? `The seven bits are ${short}, the length of the payload. Your readLength says ${length.toLocaleString('en-GB')}.`
            : `The seven bits are ${short}. That is not a length: it says that the length is in the next ${short === 126 ? 2 : 8} bytes.`,
      },
    ],
  };
}
