import { stat } from 'node:fs/promises';

/**
 * What the learner's `acceptKey` makes of a key. The file is loaded again when it has changed, so the page shows what was saved
 * last, without a restart.
 *
 * @returns its answer, or the reason why it gave none
 */
export async function askAcceptKey(key: string): Promise<{ answer: string } | { problem: string }> {
  try {
    const url = new URL(import.meta.resolve('#day1/handshake.ts'));
    url.searchParams.set('saved', String((await stat(url)).mtimeMs)); // another address is another module to Node
    const { acceptKey } = (await import(url.href)) as typeof import('#day1/handshake.ts');
    return { answer: String(acceptKey(key)) };
  } catch (error) {
    return { problem: String(error instanceof Error ? error.message : error).split('\n')[0] };
  }
}
