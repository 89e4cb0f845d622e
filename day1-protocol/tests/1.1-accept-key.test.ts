import { exercise, expect, load } from '#kit';

exercise('1.1 acceptKey', (check) => {
  const subject = () => load(() => import('#day1/handshake.ts'), 'acceptKey');

  check("the RFC's own example", async () => {
    const { acceptKey } = await subject();
    expect(
      acceptKey('dGhlIHNhbXBsZSBub25jZQ=='),
      "Wrong answer to the key of RFC 6455's example, dGhlIHNhbXBsZSBub25jZQ==.",
    ).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
  });
  check('another key, another answer', async () => {
    const { acceptKey } = await subject();
    expect(acceptKey('x3JJHMbDL1EzLkh9GBhXDw=='), 'Wrong answer to the key x3JJHMbDL1EzLkh9GBhXDw==.').toBe(
      'HSmrc0sMlYUkAGmm5OPpG2HaGWk=',
    );
  });
  check('a key with + and / in it, taken as it came', async () => {
    const { acceptKey } = await subject();
    expect(
      acceptKey('+/vMDT6fQ4xx/+y5V0+kgA=='),
      'Wrong answer to the key +/vMDT6fQ4xx/+y5V0+kgA==. One key in two has a + or a / in it: none of its characters is changed.',
    ).toBe('FaXVNop09Zh1uKS96BqY8XnIv4I=');
  });
});
