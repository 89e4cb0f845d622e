/**
 * Returns the bytes of a message, in whichever form the socket delivered it: a text (as UTF-8), an ArrayBuffer, a view, or a Blob.
 *
 * @returns exactly the message's bytes, even if a view shows only a part of a larger buffer
 * @throws TypeError (the promise rejects) for anything else
 */
export async function toBytes(data: unknown): Promise<Uint8Array> {
  if (typeof data === 'string') return new TextEncoder().encode(data);
  if (data instanceof Blob) return new Uint8Array(await data.arrayBuffer());
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  // Without offset and length this would be the whole buffer: Node cuts its small Buffers out of one larger ArrayBuffer.
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  throw new TypeError(`Not the data of a message: ${typeof data}`); // its type only, since not everything has a text
}
