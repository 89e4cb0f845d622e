/**
 * One suite, many targets: `1.2-read-length.test.ts?variant=ID` resolves its `#dayN/` imports for that variant, and passes the
 * query on from file to file. So one process can hold a hundred variants at once.
 *
 * @typedef {{ base: 'learner' | 'solution', edits?: import('./source.js').Edit[] }} Variant
 * `edits`: changes to make; their `file` is `dayN-topic/name.ts`, without `solutions/`
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from './catalogue.js';
import { applyEdit } from './source.js';

const slashes = (/** @type {string} */ path) => path.replaceAll('\\', '/');
/** @param {string | undefined} id of a module, with its query @returns {string | null} the ID of its variant */
export const variantOf = (id) => new URLSearchParams(id?.split('?')[1] ?? '').get('variant');

/**
 * @param {() => Map<string, Variant>} variants by their ID
 * @param {{ folder: string, number: number }[]} days
 * @returns {import('vite').Plugin}
 */
export function variantsPlugin(variants, days) {
  const top = slashes(root).replace(/\/$/, '');
  return {
    name: 'websockets-in-5-days:variants',
    enforce: 'pre',
    resolveId(source, importer) {
      const id = variantOf(importer);
      if (!id || !importer) return undefined;
      const [, number, rest] = /^#day(\d)\/(.+)$/.exec(source) ?? [];
      const day = days.find((one) => String(one.number) === number);
      let path;
      if (day) {
        const solved = `${top}/solutions/${day.folder}/${rest}`;
        path = variants().get(id)?.base === 'solution' && existsSync(solved) ? solved : `${top}/${day.folder}/${rest}`;
      } else if (source.startsWith('./') || source.startsWith('../')) {
        path = slashes(join(dirname(importer.split('?')[0]), source));
      } else if (source.startsWith('#')) {
        return this.resolve(source, importer.split('?')[0], { skipSelf: true });
      }
      if (!path || !/\/(solutions\/)?day\d-/.test(path.slice(top.length))) return undefined;
      return `${path}?variant=${id}`;
    },
    load(id) {
      const variant = variants().get(variantOf(id) ?? '');
      if (!variant) return undefined;
      const path = id.split('?')[0];
      let code = readFileSync(path, 'utf8');
      const file = slashes(relative(root, path)).replace(/^solutions\//, '');
      for (const edit of variant.edits ?? []) if (edit.file === file) code = applyEdit(code, edit);
      return code;
    },
  };
}
