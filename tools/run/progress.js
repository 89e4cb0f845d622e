/** Shows the progress of a run that takes a while: a bar in a terminal, otherwise one line per part. */

const WIDTH = 24;

/**
 * @param {number} total how many steps there will be
 * @param {object} [options]
 * @param {Pick<NodeJS.WriteStream, 'write' | 'isTTY'>} [options.out]
 * @returns {{ step: (part: string) => void, end: () => void }} `step` counts one more step, in that part; `end` removes the bar
 */
export function progress(total, { out = process.stdout } = {}) {
  let count = 0;
  /** @type {Set<string>} */
  const begun = new Set();
  return {
    step(part) {
      count = Math.min(count + 1, total);
      if (!out.isTTY) {
        if (!begun.has(part)) out.write(`  … ${part}\n`);
        begun.add(part);
        return;
      }
      const filled = Math.round((count / total) * WIDTH);
      out.write(`\r\u001b[K  ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)} ${count} of ${total}: ${part}`);
    },
    end: () => void out.write(out.isTTY ? '\r\u001b[K' : '\n'),
  };
}
