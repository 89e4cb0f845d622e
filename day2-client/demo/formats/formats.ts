/** Four ways to write a Stroke. */
import { fail } from '#tools/serve.ts';
import { colors, type Stroke } from './messages.ts';

export interface Format {
  name: string;
  encode: (stroke: Stroke) => string | Uint8Array;
  decode: (data: string | Uint8Array) => Stroke;
}

const json: Format = {
  name: 'JSON',
  encode: (stroke) => JSON.stringify(stroke),
  decode: (data) => JSON.parse(data as string) as Stroke,
};

/** By hand: 11 bytes, in network order (the most significant byte first). Both sides must know this layout. */
const packed: Format = {
  name: 'packed by hand',
  encode({ user, x, y, pressure, color }) {
    const view = new DataView(new ArrayBuffer(11));
    view.setUint16(0, user);
    view.setUint16(2, x);
    view.setUint16(4, y);
    view.setFloat32(6, pressure);
    view.setUint8(10, colors.indexOf(color));
    return new Uint8Array(view.buffer);
  },
  decode(data) {
    const { buffer, byteOffset, byteLength } = data as Uint8Array;
    const view = new DataView(buffer, byteOffset, byteLength);
    return {
      user: view.getUint16(0),
      x: view.getUint16(2),
      y: view.getUint16(4),
      pressure: view.getFloat32(6),
      color: colors[view.getUint8(10)],
    };
  },
};

/** Loads all four. Two need packages that a plain `npm install` leaves out: without them, it prints how to get them, and exits. */
export async function loadFormats(): Promise<Format[]> {
  try {
    const { encode, decode } = await import('@msgpack/msgpack');
    const { default: protobuf } = await import('protobufjs');
    const { root } = protobuf.parse(
      'syntax = "proto3"; message Stroke { uint32 user = 1; uint32 x = 2; uint32 y = 3; float pressure = 4; string color = 5; }',
    );
    const Stroke = root.lookupType('Stroke');
    return [
      json,
      {
        name: 'MessagePack',
        encode: (stroke) => encode(stroke),
        decode: (data) => decode(data as Uint8Array) as Stroke,
      },
      {
        name: 'Protocol Buffers',
        encode: (stroke) => Stroke.encode(Stroke.fromObject(stroke)).finish(),
        decode: (data) => Stroke.toObject(Stroke.decode(data as Uint8Array), { defaults: true }) as Stroke,
      },
      packed,
    ];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return fail('This demonstration needs two more packages. Run this once: npm run extras');
  }
}

/** A bar of up to 24 characters. @param share from 0 to 1 */
export const bar = (share: number): string => '█'.repeat(Math.max(1, Math.round(share * 24))).padEnd(24);
