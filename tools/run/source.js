/** Finds and replaces one function in a source file, by its name and not by its place. */
import { parseSync } from 'vite';

/**
 * Finds a function or a method in a source text.
 *
 * @param {string} code TypeScript
 * @param {string} name of a function, a const that holds one, or a method (`Class.method`, or `method` if only one has that name)
 * @returns {{ start: number, end: number } | undefined} character offsets, from `export` or the method's first word on
 * @throws {SyntaxError} with `line` if the text can't be parsed
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
 * @throws {Error} if the function is not there exactly once
 */
export function replaceFunction(code, name, replacement) {
  const place = findFunction(code, name);
  if (!place) throw new Error(`no function or method ${name}, or more than one`);
  return code.slice(0, place.start) + replacement.trim() + code.slice(place.end);
}

/**
 * A change to one file: another text, a whole function, or differences.
 *
 * @typedef {{ file: string, name: string, code: string }} Replacement
 * @typedef {{ file: string, name: string, hunks: string[][] }} Difference lines that begin with `-`, `+` or a space, as diff writes them
 * @typedef {{ file: string, text: string }} WholeFile
 * @typedef {WholeFile | Replacement | Difference} Edit
 */

/**
 * @param {string} code
 * @param {Edit} edit
 * @returns {string} the code with the change made
 * @throws {Error} if the change does not fit: the function, or the lines that a difference removes, are not there exactly once
 */
export function applyEdit(code, edit) {
  if ('text' in edit) return edit.text;
  if ('code' in edit) return replaceFunction(code, edit.name, edit.code);
  return edit.hunks.reduce((changed, hunk) => applyHunk(changed, edit.name, hunk), code);
}

/**
 * The lines that go, and those that stay around them, are looked for in the exercise's function; if they are not there exactly
 * once, in the whole file. Indentation does not matter.
 *
 * @param {string} code
 * @param {string} name
 * @param {string[]} hunk
 */
function applyHunk(code, name, hunk) {
  const lines = code.split('\n');
  const before = hunk.filter((line) => line[0] !== '+').map((line) => line.slice(1).trim());
  const after = hunk.filter((line) => line[0] !== '-').map((line) => line.slice(1));
  const place = findFunction(code, name);
  const lineAt = (/** @type {number} */ offset) => code.slice(0, offset).split('\n').length - 1;
  const inFunction = place ? matches(lines, before, lineAt(place.start), lineAt(place.end) + 1) : [];
  const found = inFunction.length === 1 ? inFunction : matches(lines, before, 0, lines.length);
  if (found.length !== 1)
    throw new Error(`these lines are there ${found.length} times, not once:\n${before.join('\n')}`);
  return lines.toSpliced(found[0], before.length, ...after).join('\n');
}

/**
 * @param {string[]} lines
 * @param {string[]} wanted
 * @param {number} from
 * @param {number} to
 * @returns {number[]} the indexes at which the wanted lines begin
 */
function matches(lines, wanted, from, to) {
  const found = [];
  for (let i = from; i + wanted.length <= to; i++)
    if (wanted.every((line, k) => lines[i + k].trim() === line)) found.push(i);
  return found;
}
