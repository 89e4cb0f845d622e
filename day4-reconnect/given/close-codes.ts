/**
 * The close codes that a page can see, and what they mean (IANA has the full list):
 *
 *   1000 the work is done         1001 going away: the server stops, or the page was left
 *   1002 protocol error           1003 this kind of data is not accepted     1005 a close frame without a code
 *   1006 no close frame came      1007 invalid UTF-8                         1008 a rule of the application was broken
 *   1009 message too big          1010 a required extension is missing       1011 internal error of the server
 *   1012 the server restarts      1013 try again later                       1014 bad gateway
 *   1015 TLS failed; the browser itself reports it, for example on a hotel's login page
 *   3000 to 4999 an application decided, for example 4001 "not allowed"
 */

/** Nobody said why the connection ended: a close frame without a code, a cut line, failed TLS. */
const UNEXPLAINED = [1005, 1006, 1015];
/** The server says that its trouble will pass: it goes away, is broken, restarts, is busy, or sits behind a bad gateway. */
const TEMPORARY = [1001, 1011, 1012, 1013, 1014];

/** Whether another attempt may end better. Every other code is final, also one that nobody knows (RFC 6455 §7.4). */
export function shouldRetry(code: number): boolean {
  return UNEXPLAINED.includes(code) || TEMPORARY.includes(code);
}
