import * as reference from '#solutions/day1-protocol/frames.ts';
import { ProtocolError, type Frame, type Sender } from '#day1/given/rfc6455.ts';
import { Todo } from '#tools/todo.ts';

/** What a decoder makes of one whole frame. */
export interface Reading {
  /** without its mask; undefined if the decoder didn't return it */
  payload: Uint8Array | undefined;
  /** lines for the reader: what is wrong with the frame, or with the decoder */
  remarks: string[];
}

/** Takes one whole frame apart. Never throws. */
export type Read = (bytes: Uint8Array, from: Sender) => Reading;

type Decoder = Pick<typeof reference, 'decodeFrame'>;

/** Reads with the reference solution. A frame that breaks the protocol is still shown. */
export const readWithReference: Read = (bytes, from) => {
  try {
    return { payload: reference.decodeFrame(bytes, from)?.payload, remarks: [] };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { payload: payloadOf(bytes), remarks: [`Breaks the protocol, close code ${error.code}: ${error.message}.`] };
  }
};

/** Reads with the learner's functions, and points out each difference from the bytes. */
export function readWithYours(yours: Decoder): Read {
  const said = new Set<string>();
  return (bytes, from) => {
    const right = decode(reference, bytes, from);
    const given = decode(yours, bytes, from);
    if (given instanceof Todo) {
      const remarks = said.has(given.message) ? [] : [given.message];
      said.add(given.message);
      return { payload: undefined, remarks };
    }
    if (given instanceof Error) {
      const expected = right instanceof ProtocolError && given instanceof ProtocolError && right.code === given.code;
      const remark =
        given instanceof ProtocolError
          ? `Your decodeFrame rejected it with ${given.code}: ${given.message}.`
          : `Your decodeFrame threw ${given}`;
      return {
        payload: undefined,
        remarks: [expected ? remark : `${remark}${right instanceof Error ? '' : ' The frame is valid.'}`],
      };
    }
    if (!given)
      return {
        payload: undefined,
        remarks: ['Your decodeFrame returned undefined, as if the frame were incomplete.'],
      };
    if (right instanceof Error)
      return { payload: given.payload, remarks: [`Your decodeFrame accepted it, but: ${right.message}.`] };
    return { payload: given.payload, remarks: right ? differences(given, right) : [] };
  };
}

function decode(decoder: Decoder, bytes: Uint8Array, from: Sender): Frame | Error | undefined {
  try {
    return decoder.decodeFrame(Uint8Array.from(bytes), from); // a copy, in case the function changes it
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function differences(yours: Frame, right: Frame): string[] {
  const names = ['fin', 'rsv', 'opcode', 'masked', 'length', 'size'] as const;
  const remarks = names
    .filter((name) => yours[name] !== right[name])
    .map((name) => `Your decodeFrame says ${name}: ${yours[name]}, the bytes say ${right[name]}.`);
  const payload: unknown = yours.payload;
  const same = payload instanceof Uint8Array && Buffer.compare(payload, right.payload) === 0;
  return same ? remarks : [...remarks, "The payload from your decodeFrame isn't the one that was sent."];
}

/** The payload of a whole frame that decodeFrame rejects. */
function payloadOf(bytes: Uint8Array): Uint8Array {
  const { next } = reference.readLength(bytes)!;
  if (bytes[1] < 0x80) return bytes.subarray(next);
  return reference.unmask(bytes.subarray(next + 4), bytes.subarray(next, next + 4));
}
