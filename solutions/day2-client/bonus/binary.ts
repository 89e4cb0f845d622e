/**
 * The bytes of a message, whatever form they came in: text as UTF-8, an ArrayBuffer, a view (Uint8Array, Buffer, DataView), a Blob.
 *
 * @returns just the message's bytes, also where a view is a window on a larger buffer
 * @throws TypeError (a rejection) on anything else
 */
export async function toBytes(data: unknown): Promise<Uint8Array> {
  if (typeof data === 'string') return new TextEncoder().encode(data);
  if (data instanceof Blob) return new Uint8Array(await data.arrayBuffer());
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw new TypeError(`Not the data of a message: ${String(data)}`);
}
