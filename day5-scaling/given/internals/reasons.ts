/** No authority that this machine knows has signed the certificate. */
const UNSIGNED = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

/** Explains an error of a Redis client in a sentence. After several addresses were tried, the error has no message: then it uses the code. */
export function inWords(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  if (code === 'ECONNREFUSED') return 'Nothing listens there (ECONNREFUSED). npm run redis starts one.';
  if (message?.startsWith('Unknown RESP type')) return 'What listens there is not a Redis.';
  if (message === 'Connection timeout')
    return 'What listens there does not answer. With rediss: in the address, it has to speak TLS.';
  if (message?.startsWith('Socket timeout')) return 'Redis does not answer.';
  if (message === 'Socket closed unexpectedly') return 'The connection to Redis has ended. Was it stopped?';
  if (code && UNSIGNED.includes(code))
    return `TLS: ${message}. If you trust it, set NODE_EXTRA_CA_CERTS to the file with its certificate.`;
  if (message?.startsWith('MOVED'))
    return 'What listens there is one server of a Redis Cluster. Give the addresses of several, separated by commas.';
  return (message || code || String(error)).replace(/[^.]$/, '$&.');
}
