/** Waits for Enter in a terminal. Keys that were pressed before the question don't count. */
import { colour } from '#tools/serve/colour.ts';

let answer: (() => void) | undefined;
let isReading = false;

/** Whether somebody can be asked: false if the input or the output isn't a terminal. */
export const canAsk = (): boolean => process.stdin.isTTY === true && process.stdout.isTTY === true;

/** From now on, keys are thrown away if no question is open. Call `stopReading` at the end, or the process stays. */
export function startReading(): void {
  if (isReading || !canAsk()) return;
  isReading = true;
  // Raw: what is typed between two questions isn't shown, and doesn't wait in the terminal for the next one.
  process.stdin.setRawMode(true).setEncoding('utf8').on('data', press).on('end', end).resume();
}

export function stopReading(): void {
  if (!isReading) return;
  isReading = false;
  process.stdin.off('data', press).off('end', end).setRawMode(false).pause();
}

/** Asks, and resolves when Enter is pressed. If nobody can be asked, it prints nothing and resolves at once. */
export async function pressEnter(question: string): Promise<void> {
  if (!canAsk()) return;
  startReading();
  process.stdout.write(colour.cyan(question));
  await new Promise<void>((resolve) => (answer = resolve));
  process.stdout.write('\n');
}

function press(keys: string | Buffer): void {
  const text = String(keys);
  if (text.includes('\u0003')) return interrupt(); // in raw mode, Ctrl+C is a key like any other
  if (/[\r\n]/.test(text)) end();
}

function end(): void {
  answer?.();
  answer = undefined;
}

function interrupt(): void {
  stopReading();
  process.stdout.write('\n');
  if (process.listenerCount('SIGINT') > 0) process.emit('SIGINT');
  else process.exit(130); // as a shell counts an end by Ctrl+C
}
