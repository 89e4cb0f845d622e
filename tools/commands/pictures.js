/** `npm run pictures`, `npm run pictures chat`: makes the pictures of the README again, from the real commands and pages. For contributors. */
import { tsImport } from 'tsx/esm/api';

/** @param {string[]} words @returns {Promise<number>} */
export async function run(words) {
  /** @type {typeof import('../tests/helpers/pictures.ts')} */
  const { makePictures } = await tsImport('../tests/helpers/pictures.ts', import.meta.url);
  for (const path of await makePictures(words)) console.log(path);
  return 0;
}
