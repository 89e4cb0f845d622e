const LONGEST = 64 * 1024; // bytes

/** The head of an HTTP message: its first line and its fields, with the empty line after them. */
export interface Head {
  text: string;
  /** the bytes after it */
  rest: Buffer;
  /** the value of a field, by its name in lower case */
  field: (name: string) => string | undefined;
}

/** The first head in `bytes`: undefined until it is complete, or a sentence if these bytes can't be one. */
export function readHead(bytes: Buffer): Head | string | undefined {
  if (bytes[0] === 0x16) return 'This is TLS: https: and wss: are encrypted, so the tap cannot read them.';
  const end = bytes.indexOf('\r\n\r\n') + 4;
  if (end < 4) return bytes.length > LONGEST ? 'This is not HTTP, so the tap cannot read it.' : undefined;
  const text = bytes.toString('latin1', 0, end);
  const fields = linesOf(text).slice(1);
  return {
    text,
    rest: bytes.subarray(end),
    field: (name) =>
      fields
        .find((line) => line.toLowerCase().startsWith(`${name}:`))
        ?.slice(name.length + 1)
        .trim(),
  };
}

export const linesOf = (head: string): string[] => head.trimEnd().split('\r\n');
