/** Finds and replaces one function in a source file, by its name and not by its place. */
import { parseSync } from 'vite';

/**
 * Where a function or a method stands in a source text.
 *
 * @param {string} code TypeScript
 * @param {string} name of a function, a const that holds one, or a method (`Class.method`, or `method` where it is the only one)
 * @returns {{ start: number, end: number } | undefined} character offsets, from `export` or the method's first word on
 * @throws {SyntaxError} with `line` where the text cannot be parsed
 */
export function findFunction(code, name) {
  const { program, errors } = parseSync('file.ts', code);
  if (errors.length > 0) {
    const line = code.slice(0, errors[0].labels?.[0]?.start ?? 0).split('\n').length;
    throw Object.assign(new SyntaxError(errors[0].message), { line });
  }
  const [className, method] = name.includes('.') ? name.split('.') : [undefined, name];
  /** @type {{ start: number, end: number }[]} */
  const found = [];
  for (const statement of /** @type {any[]} */ (program.body)) {
    const declared = statement.declaration ?? statement;
    if (declared.type === 'FunctionDeclaration' && declared.id?.name === name) found.push(statement);
    if (
      declared.type === 'VariableDeclaration' &&
      declared.declarations.some((/** @type {any} */ one) => one.id.name === name)
    )
      found.push(statement);
    if (declared.type !== 'ClassDeclaration' || (className && declared.id?.name !== className)) continue;
    found.push(
      ...declared.body.body.filter(
        (/** @type {any} */ member) => (member.key?.name ?? '') === method.replace(/^#/, ''),
      ),
    );
  }
  return found.length === 1 ? { start: found[0].start, end: found[0].end } : undefined;
}

/**
 * @param {string} code
 * @param {string} name as for `findFunction`
 * @param {string} replacement the whole function, from `export` on
 * @returns {string} the code with the function replaced
 * @throws {Error} where the function is not there exactly once
 */
export function replaceFunction(code, name, replacement) {
  const place = findFunction(code, name);
  if (!place) throw new Error(`no function or method ${name}, or more than one`);
  return code.slice(0, place.start) + replacement.trim() + code.slice(place.end);
}
