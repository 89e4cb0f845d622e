/** One function taken out of a file and put into another, with the imports that it needs. Text in, text out. */
import { parseSync } from 'vite';
import { findFunction, replaceFunction } from './source.js';

/**
 * @param {string} target the text that gets the function
 * @param {string} source a text that has it
 * @param {string} name of a function or method that both have
 * @returns {string} the target with the source's function, and with what that function imports
 * @throws {SyntaxError} if the target does not parse
 * @throws {Error} if the target has no such function, or more than one
 */
export function putInto(target, source, name) {
  const there = findFunction(source, name);
  if (!there) throw new Error(`${name} is not in the source`);
  const code = source.slice(there.start, there.end);
  const changed = replaceFunction(target, name, exportsByList(target, name) ? code.replace(/^export\s+/, '') : code);
  const whole = withImports(changed, source, code);
  return target.includes('\r\n') ? whole.replace(/\r?\n/g, '\r\n') : whole.replaceAll('\r\n', '\n');
}

/** Whether a file has `export { name };`. @param {string} code @param {string} name @returns {boolean} */
const exportsByList = (code, name) =>
  parseSync('file.ts', code).module.staticExports.some(({ start, end, entries }) => {
    return /^export\s*\{/.test(code.slice(start, end)) && entries.some(({ exportName }) => exportName.name === name);
  });

/**
 * Adds what `code` uses and what `source` imports for it, if the target doesn't: editors remove unused imports when they save.
 *
 * @param {string} target
 * @param {string} source
 * @param {string} code a part of the source
 * @returns {string}
 */
function withImports(target, source, code) {
  const isThere = new Set(importsOf(target).map(({ local }) => local));
  const used = code.replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '');
  const missing = importsOf(source).filter(
    ({ local }) => !isThere.has(local) && new RegExp(`(?<![\\w$.])${local}(?![\\w$])`).test(used),
  );
  if (missing.length === 0) return target;
  const lines = missing.map(({ text }) => text).join('\n');
  const last = parseSync('file.ts', target).module.staticImports.at(-1);
  if (last) return `${target.slice(0, last.end)}\n${lines}${target.slice(last.end)}`;
  const box = /^\s*\/\*(?!\*)[^]*?\*\/\r?\n/.exec(target)?.[0] ?? '';
  return `${box}${lines}\n${target.slice(box.length).replace(/^(?!\r?\n)/, '\n')}`;
}

/** @param {string} code @returns {{ local: string, text: string }[]} each name that a file imports, and a line that imports it alone */
function importsOf(code) {
  const { program } = parseSync('file.ts', code);
  return /** @type {any[]} */ (program.body)
    .filter(({ type }) => type === 'ImportDeclaration')
    .flatMap((one) =>
      one.specifiers.map((/** @type {any} */ specifier) => {
        const text = code.slice(specifier.start, specifier.end);
        const isType = one.importKind === 'type' || text.startsWith('type ');
        const what = specifier.type === 'ImportSpecifier' ? `{ ${text.replace(/^type\s+/, '')} }` : text;
        return {
          local: specifier.local.name,
          text: `import ${isType ? 'type ' : ''}${what} from '${one.source.value}';`,
        };
      }),
    );
}
