/** How much of everything one client gets. Without limits, a single hostile client can use up the server's memory. */
export const LIMITS = {
  /** the next four in UTF-16 units, as `length` and a page's `maxLength` count them: an emoji is two */
  room: 64,
  name: 40,
  text: 1000,
  key: 64,
  /** bytes of one message: if there are more, ws closes with 1009. Its default would be 100 MiB */
  payload: 16 * 1024,
  /** bytes that may wait for one client before it counts as too slow */
  buffered: 1024 * 1024,
  /** ms that a client has to answer the close frame, and to read what is still waiting before it; then it is cut off */
  closing: 5000,
  /** messages that one connection may send at once, and how many more per second */
  burst: 20,
  perSecond: 5,
  /** ms between two `typing` messages about one user */
  typing: 2000,
};
