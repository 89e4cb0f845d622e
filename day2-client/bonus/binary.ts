import { Todo } from '#tools/todo.ts';

/**
 * The bytes of a message, whatever form they came in: text as UTF-8, an ArrayBuffer, a view (Uint8Array, Buffer, DataView), a Blob.
 *
 * @returns just the message's bytes, also where a view is a window on a larger buffer
 * @throws TypeError (a rejection) on anything else
 */
export async function toBytes(data: unknown): Promise<Uint8Array> {
  // TODO 2.a Four forms. A view has byteOffset and byteLength; a Blob is read asynchronously.
  throw new Todo('2.a', 'toBytes');
}
