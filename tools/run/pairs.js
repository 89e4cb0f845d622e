/** A starter and its solution are the same file, except for the exercises' bodies. */
import { parseSync } from 'vite';

/**
 * Compares a starter with its solution. These may differ: the bodies of the exercises, comments, imports that only one of the two
 * needs. The signature and the docstring of an exercise must agree, and so must all other code.
 *
 * @param {string} starter TypeScript
 * @param {string} solution TypeScript
 * @param {string[]} names of the exercises in that file, such as `acceptKey` or `ChatNode.deliver`
 * @returns {string[]} one sentence per difference; an empty list if they agree
 */
export function differences(starter, solution, names) {
  const [left, right] = [starter, solution].map((code) => partsOf(code.replaceAll('\r\n', '\n'), names));
  const found = [];
  for (const name of names) {
    const [a, b] = [left.exercises.get(name), right.exercises.get(name)];
    if (!a || !b) found.push(`${a ? 'The solution' : 'The starter'} has no ${name}.`);
    else if (plain(a.signature) !== plain(b.signature))
      found.push(`${name} has two signatures.\n  starter:  ${a.signature}\n  solution: ${b.signature}`);
    else if (words(a.doc) !== words(b.doc)) found.push(`${name} has two docstrings: ${firstDifference(a.doc, b.doc)}`);
  }
  for (const [name, from] of left.imports) {
    const other = right.imports.get(name);
    if (other !== undefined && other !== from)
      found.push(`${name} is imported from '${from}' in the starter, and from '${other}' in the solution.`);
  }
  const rest = left.rest.findIndex((piece, i) => plain(piece) !== plain(right.rest[i] ?? ''));
  if (rest >= 0 || left.rest.length !== right.rest.length) {
    const at = rest < 0 ? left.rest.length : rest;
    const shown = (/** @type {string | undefined} */ piece) => piece?.trim().replace(/\s+/g, ' ').slice(0, 100) ?? '';
    found.push(
      `The code around the exercises differs.\n  starter:  ${shown(left.rest[at]) || '(nothing)'}\n  solution: ${shown(right.rest[at]) || '(nothing)'}`,
    );
  }
  return found;
}

/** A starter without the box "What you have" at its top. @param {string} code @returns {string} */
export const withoutBox = (code) => code.replace(/^\/\*\r?\n \* What you have\b[^]*?\*\/\s*/, '');

/**
 * @typedef {{ signature: string, doc: string }} Exercise
 * @param {string} code
 * @param {string[]} names
 * @returns {{ exercises: Map<string, Exercise>, imports: Map<string, string>, rest: string[] }} `rest`: the statements and members
 *   around the exercises, without comments
 */
function partsOf(code, names) {
  const { program, comments, errors } = parseSync('file.ts', code);
  if (errors.length > 0) throw new SyntaxError(errors[0].message);
  /** @type {Map<string, Exercise>} */
  const exercises = new Map();
  /** @type {Map<string, string>} */
  const imports = new Map();
  /** @type {string[]} */
  const rest = [];

  const text = (/** @type {number} */ start, /** @type {number} */ end) => {
    let [out, at] = ['', start];
    for (const comment of comments.filter((one) => one.start >= start && one.end <= end)) {
      out += code.slice(at, comment.start);
      at = comment.end;
    }
    return out + code.slice(at, end);
  };
  /** Records a declaration if it is an exercise. @returns {boolean} whether it is one */
  const isExercise = (/** @type {any} */ node, /** @type {string | undefined} */ name, /** @type {any} */ holder) => {
    const body = holder?.body;
    if (!name || !names.includes(name) || !body) return false;
    const before = comments.findLast((one) => one.end <= node.start && code.slice(one.end, node.start).trim() === '');
    const doc = before?.type === 'Block' && before.value.startsWith('*') ? before.value : '';
    const signature = text(node.start, body.start).trim().replace(/\s+/g, ' ');
    exercises.set(name, { signature, doc });
    return true;
  };

  for (const statement of /** @type {any[]} */ (program.body)) {
    if (statement.type === 'ImportDeclaration') {
      const from = statement.source.value.replace(/^(#day\d|\.)\/(?=[^/]+$)/, './');
      for (const { local } of statement.specifiers) imports.set(local.name, from);
      continue;
    }
    const declared = statement.declaration ?? statement;
    if (declared.type === 'FunctionDeclaration' && isExercise(statement, declared.id?.name, declared)) continue;
    if (declared.type === 'VariableDeclaration' && declared.declarations.length === 1) {
      const [{ id, init }] = declared.declarations;
      if (isExercise(statement, id.name, init)) continue;
    }
    if (declared.type !== 'ClassDeclaration') {
      rest.push(text(statement.start, statement.end));
      continue;
    }
    const className = declared.id?.name;
    rest.push(text(statement.start, declared.body.start + 1));
    for (const member of declared.body.body) {
      const called = `${member.key?.type === 'PrivateIdentifier' ? '#' : ''}${member.key?.name ?? ''}`;
      const name = [`${className}.${called}`, called].find((one) => names.includes(one));
      if (!isExercise(member, name, member.value)) rest.push(text(member.start, member.end));
    }
  }
  return { exercises, imports, rest };
}

/** Code without white space and trailing commas, which a formatter decides. @param {string} code */
const plain = (code) => code.replace(/\s+/g, '').replace(/,(?=[)\]}])/g, '');

/** A docstring's words. @param {string} doc */
const words = (doc) =>
  doc
    .replace(/^\s*\*+/gm, ' ')
    .trim()
    .replace(/\s+/g, ' ');

/** @param {string} a a docstring @param {string} b another @returns {string} the first words that differ */
function firstDifference(a, b) {
  const [left, right] = [words(a).split(' '), words(b).split(' ')];
  const at = left.findIndex((word, i) => word !== right[i]);
  const from = Math.max(0, (at < 0 ? left.length : at) - 2);
  const shown = (/** @type {string[]} */ list) => list.slice(from, from + 12).join(' ') || '(nothing)';
  return `\n  starter:  … ${shown(left)} …\n  solution: … ${shown(right)} …`;
}
