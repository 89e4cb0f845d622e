/*
 * What you have
 *
 *   new TextEncoder().encode(text): Uint8Array    a text as UTF-8
 *   new Uint8Array(buffer, byteOffset, byteLength)   a view: it shows that part of an ArrayBuffer, and copies nothing
 *   ArrayBuffer.isView(data): boolean             is it a Uint8Array, a Buffer, a DataView or another view?
 *   view.buffer, view.byteOffset, view.byteLength the ArrayBuffer behind a view, and the part that the view shows, in bytes
 *   blob.arrayBuffer(): Promise<ArrayBuffer>      reads a Blob, a file-like object, asynchronously
 *
 * A browser has no `Buffer`.
 */
import { Todo } from '#tools/todo.ts';

/**
 * Returns the bytes of a message, in whichever form the socket delivered it: a text (as UTF-8), an ArrayBuffer, a view, or a Blob.
 *
 * @returns exactly the message's bytes, even if a view shows only a part of a larger buffer
 * @throws TypeError (the promise rejects) for anything else
 */
export async function toBytes(data: unknown): Promise<Uint8Array> {
  // TODO 2.a 1. Find out which of the four forms it is.
  //          2. Return its bytes. For anything else, throw.
  throw new Todo('2.a', 'toBytes');
}
