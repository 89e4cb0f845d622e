import { colour } from '#tools/serve/colour.ts';

/** What happens, line by line. In a terminal there is one more line below, which always shows the present. */
export class Terminal {
  #live = '';

  say(line: string): void {
    this.#clear();
    console.log(line);
    this.#draw();
  }

  /** @param live the line below all others from now on; an empty one removes it */
  show(live: string): void {
    if (!process.stdout.isTTY || live === this.#live) return;
    this.#clear();
    this.#live = live;
    this.#draw();
  }

  #clear(): void {
    if (!this.#live) return;
    process.stdout.cursorTo(0);
    process.stdout.clearLine(0);
  }

  #draw(): void {
    // If the line took two rows, only one of them would be cleared.
    const line = this.#live.slice(0, process.stdout.columns - 1);
    process.stdout.write(line.replace(/\b[1-9]\d* not heard yet/, (words) => colour.yellow(words)));
  }
}
