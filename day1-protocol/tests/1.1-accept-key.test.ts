import { createHash, createHmac } from 'node:crypto';
import { GUID } from '#day1/given/rfc6455.ts';
import { exercise, fail, load, show } from '#kit';

exercise('1.1 acceptKey', (check) => {
  const sha1 = (...parts: (string | Uint8Array)[]) => {
    const hash = createHash('sha1');
    for (const part of parts) hash.update(part);
    return hash;
  };
  /** What a wrong answer is the right answer to; undefined for one that nobody has thought of. */
  const usual = (key: string, got: unknown): string | undefined => {
    const known: [string | Buffer, string][] = [
      [sha1(key).digest('base64'), 'This is the hash of the key alone. The GUID has to be appended to it.'],
      [sha1(GUID).digest('base64'), 'This is the hash of the GUID alone. The key comes before it.'],
      [sha1(GUID, key).digest('base64'), 'This is the hash of the GUID and then the key. The key comes first.'],
      [sha1(Buffer.from(key, 'base64'), GUID).digest('base64'), 'The key was decoded first. Use its text as it is.'],
      [sha1(key.toLowerCase(), GUID).digest('base64'), 'The key was put into lower case. Use it as it is.'],
      [sha1(key, GUID.toLowerCase()).digest('base64'), 'The GUID was put into lower case. Use it as it is.'],
      [sha1(key.replaceAll('=', ''), GUID).digest('base64'), 'The key lost its "==". They belong to it.'],
      [sha1(key, ' ', GUID).digest('base64'), 'There is a space between the key and the GUID.'],
      [createHmac('sha1', GUID).update(key).digest('base64'), 'This is an HMAC. Use createHash, not createHmac.'],
      [createHmac('sha1', key).update(GUID).digest('base64'), 'This is an HMAC. Use createHash, not createHmac.'],
      [
        createHash('sha256')
          .update(key + GUID)
          .digest('base64'),
        'This is SHA-256. The RFC uses SHA-1.',
      ],
      [
        createHash('md5')
          .update(key + GUID)
          .digest('base64'),
        'This is MD5. The RFC uses SHA-1.',
      ],
      [sha1(key, GUID).digest('hex'), 'The hash is right, but this is hexadecimal. The header has base64.'],
      [sha1(key, GUID).digest('base64url'), 'The hash is right, but this is base64url. The header has plain base64.'],
      [
        Buffer.from(sha1(key, GUID).digest('hex')).toString('base64'),
        'This is the base64 of the hexadecimal text. Ask digest for base64 at once.',
      ],
      [Buffer.from(key + GUID).toString('base64'), 'This is the key and the GUID in base64, without a hash.'],
      [key, 'That is the key itself.'],
    ];
    if (typeof (got as { digest?: unknown } | undefined)?.digest === 'function')
      return 'That is the Hash itself, which is not finished yet. Return what its digest returns.';
    if (got instanceof Uint8Array) return 'The header needs text. Ask digest for base64.';
    return known.find(([wrong]) => wrong === got)?.[1];
  };
  const verify = async (key: string, expected: string): Promise<void> => {
    const { acceptKey } = await load(() => import('#day1/handshake.ts'), 'acceptKey');
    const got: unknown = acceptKey(key);
    if (got === expected) return;
    const cause = usual(key, got);
    fail(
      `acceptKey(${show(key)}) returned ${show(got)}. Expected ${show(expected)}.${cause ? ` ${cause}` : ''}`,
      cause?.includes('digest') || cause?.includes('SHA-1') ? { hint: 2 } : {},
    );
  };

  check("calculates the answer of the RFC's example", () =>
    verify('dGhlIHNhbXBsZSBub25jZQ==', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='),
  );
  check('gives another key another answer', () => verify('x3JJHMbDL1EzLkh9GBhXDw==', 'HSmrc0sMlYUkAGmm5OPpG2HaGWk='));
  check('leaves the + and / of a key as they are', () =>
    verify('+/vMDT6fQ4xx/+y5V0+kgA==', 'FaXVNop09Zh1uKS96BqY8XnIv4I='),
  );
});
