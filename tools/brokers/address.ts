/** The address of a Redis, such as `redis://:password@127.0.0.1:6379`. It may hold a password, which no message may repeat. */

/** Why a text isn't the address of a Redis, in a sentence that doesn't repeat the text; undefined if it is one. */
export function addressProblem(url: string): string | undefined {
  if (!/^rediss?:\/\//i.test(url)) return 'That is not the address of a Redis: redis://127.0.0.1:6379 is one.';
  if (!URL.canParse(url)) {
    if (/[/?#].*@/s.test(url.replace(/^\w+:\/\//, '')))
      return 'The address cannot be read. In a password, write / as %2F, ? as %3F and # as %23.';
    if (/:[^:@\]]+$/.test(url.replace(/^\w+:/, ''))) return 'The port of the address must be a number from 1 to 65535.';
    return 'That is not the address of a Redis: redis://127.0.0.1:6379 is one.';
  }
  const { hostname, port, pathname, username, password } = new URL(url);
  if (!hostname) return 'The address names no host: redis://127.0.0.1:6379 has one.';
  if (port === '0') return 'The port of the address must be a number from 1 to 65535.';
  if (!/^\/?\d*$/.test(pathname)) return 'The path of the address must be the number of a database, such as /0.';
  if ([username, password].some((one) => decoded(one) === undefined))
    return 'The address cannot be read. In a password, write % as %25.';
  return undefined;
}

/** A text with the password of an address replaced by `***`, in whatever way it is written there. */
export function withoutPassword(text: string, url: string): string {
  if (!URL.canParse(url)) return text.replaceAll(url, url.replace(/\/\/.*@/s, '//***@'));
  const { password } = new URL(url);
  const known = [password, decoded(password)].filter((one) => one !== undefined && one !== '') as string[];
  return known.reduce((rest, one) => rest.replaceAll(one, '***'), text);
}

/** The address as it may be shown. */
export const masked = (url: string): string => withoutPassword(url, url);

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
