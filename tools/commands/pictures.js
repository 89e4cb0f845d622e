/** `npm run pictures`: makes the pictures of the README again, from the real commands and pages. For contributors. */
import { tsImport } from 'tsx/esm/api';
import { PlainError } from '../run/words.js';

/** @param {string[]} words @returns {Promise<number>} */
export async function run(words) {
  if (words.length > 0) throw new PlainError(`"${words[0]}" is not a word that this command knows: npm run pictures`);
  /** @type {typeof import('../tests/helpers/pictures.ts')} */
  const { makePictures } = await tsImport('../tests/helpers/pictures.ts', import.meta.url);
  for (const path of await makePictures()) console.log(path);
  return 0;
}
