import { OPCODES } from '#day1/given/rfc6455.ts';
import type { Reading } from './decoder.ts';
import { hex, paint, safe } from './style.ts';
import type { WireFrame } from './splitter.ts';

/** The message that is being sent in one direction; `describeFrame` keeps it up to date. */
export interface MessageState {
  opcode?: number;
  compressed?: boolean;
}

const SHOWN = 64; // bytes of a payload
const BESIDE_TEXT = 16; // if the same bytes are also shown as text
const PER_ROW = 8;
const names = new Map<number, string>(Object.entries(OPCODES).map(([name, opcode]) => [opcode, name]));

/**
 * One frame for the reader.
 *
 * @param reading the payload without its mask, and remarks
 * @param message of this direction, so that a continuation frame is shown with the kind of its message
 * @param compression true if permessage-deflate was agreed on in the handshake
 */
export function describeFrame(frame: WireFrame, reading: Reading, message: MessageState, compression: boolean) {
  const first = frame.opcode === OPCODES.text || frame.opcode === OPCODES.binary;
  if (first) Object.assign(message, { opcode: frame.opcode, compressed: compression && (frame.bytes[0] & 0x40) !== 0 });
  const data = frame.opcode < 8;
  const compressed = data && message.compressed === true;
  const kind = data ? message.opcode : frame.opcode;
  const lines = [...headerRows(frame), ...payloadRows(frame, reading, kind, compressed)];
  if (compressed)
    lines.push(
      '   Compressed by permessage-deflate, and shown as it is. decodeFrame knows no extensions, so it treats RSV1 as an error.',
    );
  lines.push(...reading.remarks.map((remark) => paint.problem(`   ${remark}`)));
  const title = titleOf(frame, message);
  if (data && frame.fin) Object.assign(message, { opcode: undefined, compressed: false });
  return { title, lines };
}

function titleOf({ opcode, fin, length }: WireFrame, message: MessageState): string {
  const name = names.get(opcode) ?? `reserved opcode ${opcode}`;
  const of = opcode === OPCODES.continuation ? ` of ${names.get(message.opcode ?? -1) ?? 'nothing'}` : '';
  const part =
    opcode >= 8
      ? ''
      : opcode === OPCODES.continuation
        ? fin
          ? ', last fragment'
          : ', fragment'
        : fin
          ? ''
          : ', first fragment';
  return `${name}${of}${part}, ${length} byte${length === 1 ? '' : 's'}`;
}

function headerRows({ bytes, fin, opcode, short, length, key }: WireFrame): string[] {
  const [first, second] = [bits(bytes[0]), bits(bytes[1])];
  const name = names.get(opcode) ?? 'reserved';
  const form = short < 126 ? `length ${short}` : `${short}: the length is in the next ${short === 126 ? 2 : 8} bytes`;
  const rows = [
    row(
      bytes.subarray(0, 1),
      `${first[0]} ${first.slice(1, 4)} ${first.slice(4)}`,
      `FIN ${fin ? 1 : 0}, RSV ${first.slice(1, 4)}, opcode ${opcode}: ${name}`,
    ),
    row(bytes.subarray(1, 2), `${second[0]} ${second.slice(1)}`, `MASK ${key.length ? 1 : 0}, ${form}`),
  ];
  if (short >= 126) rows.push(row(bytes.subarray(2, short === 126 ? 4 : 10), '', `length ${length}`));
  if (key.length) rows.push(row(key, '', 'masking key'));
  return rows;
}

function payloadRows(frame: WireFrame, { payload }: Reading, kind: number | undefined, compressed: boolean): string[] {
  if (frame.tooLong) return ['   The payload is too long to be shown. It passes through.'];
  if (frame.length === 0) return [];
  const masked = frame.key.length > 0;
  const text = kind === OPCODES.text && !compressed ? textOf : kind === OPCODES.close ? closeText : undefined;
  const shows = text ? BESIDE_TEXT : SHOWN;
  const rows = hexRows(frame.payload, masked ? 'payload, masked' : 'payload', masked ? BESIDE_TEXT : shows);
  if (masked && payload) rows.push(...hexRows(payload, 'payload, unmasked', shows));
  return text && payload ? [...rows, `   ${paint.text(text(payload))}`] : rows;
}

function hexRows(bytes: Uint8Array, label: string, shows: number): string[] {
  const rows: string[] = [];
  const end = Math.min(bytes.length, shows);
  for (let at = 0; at < end; at += PER_ROW)
    rows.push(row(bytes.subarray(at, Math.min(at + PER_ROW, end)), '', at === 0 ? label : ''));
  if (bytes.length > end) rows[rows.length - 1] += paint.faint(`… ${bytes.length - end} more`);
  return rows;
}

function textOf(bytes: Uint8Array): string {
  // In streaming mode the decoder leaves out a character that is cut off at the end.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes.subarray(0, SHOWN), { stream: true });
  return `"${safe(text)}"${bytes.length > SHOWN ? ` … ${bytes.length - SHOWN} bytes more` : ''}`;
}

function closeText(payload: Uint8Array): string {
  if (payload.length < 2) return 'one byte is not a close code';
  const code = payload[0] * 256 + payload[1];
  return payload.length === 2 ? `code ${code}, no reason` : `code ${code}, reason ${textOf(payload.subarray(2))}`;
}

/** Three columns: the bytes, their bits if these have names, and what they mean. */
function row(bytes: Uint8Array, fields: string, meaning: string): string {
  return `   ${paint.hex(hex(bytes).padEnd(3 * PER_ROW))} ${paint.faint(fields.padEnd(11))} ${meaning}`;
}

const bits = (byte: number): string => byte.toString(2).padStart(8, '0');
