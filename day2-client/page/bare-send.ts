/** The states of a socket, by their `readyState`. */
export const STATES = ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'] as const;

/**
 * Brings a new WebSocket of the browser into a state, and calls its `send` there. No client is in between.
 *
 * @returns what happened, in words
 */
export async function bareSend(url: string, state: (typeof STATES)[number]): Promise<string> {
  const socket = new WebSocket(url);
  const happened = (type: string) => new Promise((resolve) => socket.addEventListener(type, resolve));
  const [open, closed] = [happened('open'), happened('close')];
  const echo = new Promise<boolean>((resolve) => {
    socket.addEventListener('message', ({ data }) => String(data).includes('"bare"') && resolve(true));
    socket.addEventListener('close', () => resolve(false));
  });
  if (state !== 'CONNECTING') await Promise.race([open, closed]);
  if (state === 'CLOSING' || state === 'CLOSED') socket.close();
  if (state === 'CLOSED') await closed;
  if (socket.readyState !== STATES.indexOf(state)) return `${state}: not reached, because nothing is connected.`;

  let result = 'returned, and threw nothing.';
  try {
    socket.send('{"type":"echo","text":"bare"}');
    result += (await echo) ? ' The echo came back.' : ' Nothing arrived: the browser discarded the message.';
  } catch (error) {
    result = `threw ${(error as Error).name}.`;
  }
  void open.then(() => socket.close());
  return `${state}: the browser's own send() ${result}`;
}
