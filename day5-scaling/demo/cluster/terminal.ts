import chalk from 'chalk';

/** What happens, line by line; below that, where it is a terminal and no file, one line that is always of now. */
export class Terminal {
  #live = '';

  say(line: string): void {
    this.#clear();
    console.log(line);
    this.#draw();
  }

  /** @param live what stands below the other lines from now on; nothing where it is empty */
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
    // A line that is broken into two would be cleared by half.
    const line = this.#live.slice(0, process.stdout.columns - 1);
    process.stdout.write(line.replace(/\b[1-9]\d* not heard yet/, (words) => chalk.yellow(words)));
  }
}
