import * as yours from '#day1/frames.ts';
import { OPCODES } from '#day1/given/rfc6455.ts';
import { attempt, partOfMore } from './attempt.ts';

/** A frame that may break every rule. */
export interface Plan {
  opcode: number;
  fin: boolean;
  rsv1: boolean;
  /** the four bytes of the masking key; undefined: no mask */
  key?: Uint8Array;
  /** how many bytes the length takes besides the seven bits: none, 2 or 8 */
  form: 0 | 2 | 8;
  payload: Uint8Array;
}

/** The bytes of a frame. In the shortest form, the payload may have 125 bytes. */
export function build({ opcode, fin, rsv1, key, form, payload }: Plan): Uint8Array {
  const first = (fin ? 0x80 : 0) + (rsv1 ? 0x40 : 0) + opcode;
  const second = (key ? 0x80 : 0) + { 0: payload.length, 2: 126, 8: 127 }[form];
  const length = Array.from({ length: form }, (_, i) => Math.floor(payload.length / 256 ** (form - 1 - i)) % 256);
  return Uint8Array.of(first, second, ...length, ...(key ? mask(payload, key) : payload));
}

/** The frames of one message in two fragments, with a ping between them. */
export function buildFragments(plan: Plan): Uint8Array[] {
  const half = Math.ceil(plan.payload.length / 2);
  return [
    build({ ...plan, fin: false, payload: plan.payload.subarray(0, half) }),
    build({ ...plan, opcode: OPCODES.ping, fin: true, rsv1: false, form: 0, payload: new Uint8Array() }),
    build({ ...plan, opcode: OPCODES.continuation, fin: true, rsv1: false, payload: plan.payload.subarray(half) }),
  ];
}

/** The key, and the payload as the learner's `unmask` masks it. Without that, the key is 00 00 00 00, which changes nothing. */
function mask(payload: Uint8Array, key: Uint8Array): number[] {
  const got = attempt<unknown>(() => yours.unmask(partOfMore(payload), partOfMore(key)));
  const masked = 'value' in got && got.value instanceof Uint8Array ? got.value : undefined;
  return masked?.length === payload.length ? [...key, ...masked] : [0, 0, 0, 0, ...payload];
}
