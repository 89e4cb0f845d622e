const WIDTH = 30;

/** Shows on stderr how far the measurement is: a bar in a terminal, otherwise one line per part. */
export class Progress {
  #part = '';
  #done = 0;
  #all = 1;

  /** @param all how many steps it has */
  begin(part: string, all: number): void {
    [this.#part, this.#done, this.#all] = [part, 0, all];
    if (process.stderr.isTTY) this.#draw();
    else console.error(`${part} …`);
  }

  step(): void {
    this.#done++;
    if (process.stderr.isTTY) this.#draw();
  }

  /** Removes the bar. */
  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
  }

  #draw(): void {
    const full = Math.round((WIDTH * this.#done) / this.#all);
    process.stderr.write(`\r\u001B[K${'█'.repeat(full)}${'░'.repeat(WIDTH - full)} ${this.#part}`);
  }
}
