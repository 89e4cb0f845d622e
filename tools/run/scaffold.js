/** What a new exercise needs, as text. Each function returns a file's new text; nothing is written here. */
import { parseSync } from 'vite';
import { stub } from './stubs.js';

/** @typedef {{ id: string, name: string, file: string, minutes: number, lesson: string }} Draft `name`: `replay`, or `ChatNode.replay` */

const method = (/** @type {Draft} */ { name }) => name.split('.').at(1);

/** @param {Draft} draft @param {string} text of exercises.js @param {string | undefined} after the id of the exercise in front of it @returns {string} */
export function withEntry({ id, name, file, minutes, lesson }, text, after) {
  const { program } = parseSync('exercises.js', text);
  const day = /** @type {any[]} */ (program.body).find(({ type }) => type === 'ExportDefaultDeclaration')?.declaration;
  const list = day?.properties.find((/** @type {any} */ one) => one.key.name === 'exercises')?.value;
  const idOf = (/** @type {any} */ entry) =>
    entry.properties?.find((/** @type {any} */ one) => one.key.name === 'id')?.value.value;
  const before = list?.elements.find((/** @type {any} */ entry) => idOf(entry) === after);
  if (!list || (after && !before)) throw new Error('exercises.js no longer has a list of exercises, each with its id');
  const values = { id, name, file, minutes, lesson };
  const entry = `{
    ${Object.entries(values)
      .map(([key, value]) => `${key}: ${JSON.stringify(value)},`)
      .join('\n')}
    goal: '${stub(id, 'what to build, in one sentence')}',
    see: '${stub(id, 'how to see it work on the running page, in one sentence')}',
    why: '${stub(id, 'why it matters on a real network')}',
    hints: [
      '${stub(id, 'hint 1, a nudge')}',
      '${stub(id, 'hint 2, an explanation')}',
      '${stub(id, 'hint 3, nearly the answer, as code')}',
    ],
  }`;
  const at = before ? before.end : list.start + 1;
  return `${text.slice(0, at)}${before ? ',' : ''}\n${entry}${before ? '' : ','}${text.slice(at)}`;
}

/**
 * A starter or a solution with the new exercise in it.
 *
 * @param {Draft} draft
 * @param {string | undefined} text of the file; undefined if it is to be made
 * @param {boolean} isSolution
 * @returns {string}
 */
export function withFunction(draft, text, isSolution) {
  const { id, name } = draft;
  const called = method(draft) ?? name;
  const doc = `/** ${stub(id, 'what it does, with @param, @returns and @throws; the same text in the starter and in the solution')}. */`;
  const body = isSolution
    ? `throw new Error('${stub(id, 'the reference solution')}');`
    : `// TODO ${id} ${stub(id, 'the steps, without the how')}\n throw new Todo('${id}', '${name}');`;
  const code = `${doc}\n${method(draft) ? '' : 'export function '}${called}(): void {\n ${body}\n}`;
  const box = `/*\n * What you have\n *\n *   ${stub(id, 'what the exercise may use, one line each')}\n */\n`;
  if (text === undefined) return `${isSolution ? '' : `${box}import { Todo } from '#tools/todo.ts';\n\n`}${code}\n`;
  const { program } = parseSync('file.ts', text);
  let changed = `${text.trimEnd()}\n\n${code}\n`;
  if (method(draft)) {
    const [owner] = name.split('.');
    const declared = classesIn(program).find((one) => one.id?.name === owner);
    if (!declared) throw new Error(`no class ${owner}`);
    changed = `${text.slice(0, declared.body.end - 1)}\n${code}\n${text.slice(declared.body.end - 1)}`;
  }
  return isSolution ? changed : withTodo(changed);
}

/** @param {any} program @returns {any[]} the classes of a file */
const classesIn = ({ body }) =>
  body
    .map((/** @type {any} */ one) => one.declaration ?? one)
    .filter((/** @type {any} */ { type }) => type === 'ClassDeclaration');

/** @param {string} text @returns {string[]} the names of a file's classes */
export const classNames = (text) => classesIn(parseSync('file.ts', text).program).map(({ id }) => id.name);

/** A starter that imports Todo. @param {string} text @returns {string} */
function withTodo(text) {
  const { program, module } = parseSync('file.ts', text);
  const known = /** @type {any[]} */ (program.body).find(
    (one) => one.type === 'ImportDeclaration' && one.source.value === '#tools/todo.ts',
  );
  const names = known?.specifiers.map((/** @type {any} */ one) => one.local.name) ?? [];
  if (names.includes('Todo')) return text;
  const line = `import { ${['Todo', ...names].join(', ')} } from '#tools/todo.ts';`;
  if (known) return text.slice(0, known.start) + line + text.slice(known.end);
  const at = module.staticImports.at(-1)?.end ?? /^\s*\/\*(?!\*)[^]*?\*\/\r?\n/.exec(text)?.[0].length ?? 0;
  return `${text.slice(0, at)}\n${line}\n${text.slice(at)}`;
}

/** The suite. @param {Draft} draft @param {number} day @returns {string} */
export function suite(draft, day) {
  const { id, name, file } = draft;
  const [exported] = name.split('.');
  const use = method(draft) ? `void ${exported};` : `${exported}();`;
  return `import { exercise, fail, load } from '#kit';

exercise('${id} ${name}', (check) => {
  check('${stub(id, 'what must be true')}', async () => {
    const { ${exported} } = await load(() => import('#day${day}/${file}'), '${exported}');
    ${use}
    fail('${stub(id, 'what the code did, with the call; what was expected; what usually causes that')}');
  });
});
`;
}

/** An entry of mistakes.md. @param {Draft} draft @returns {string} */
export const mistake = ({ id }) => `
## ${id} ${stub(id, 'what a learner gets wrong; at least two entries like this one')}
Says: ${stub(id, 'the words by which the suite tells this mistake')}
\`\`\`diff
-  throw new Error('FILL IN ${id}: the lines of the solution');
+  throw new Error('FILL IN ${id}: the same lines, with the mistake');
\`\`\`
`;

/** An entry of alternatives.md. @param {Draft} draft @returns {string} */
export const alternative = (draft) => `
## ${draft.id} ${stub(draft.id, 'another way that is right, too')}

\`\`\`ts
${method(draft) ? '' : 'export function '}${method(draft) ?? draft.name}(): void {
  throw new Error('${stub(draft.id, 'the function, written in that way')}');
}
\`\`\`
`;

/**
 * @param {Draft} draft
 * @param {string} text of the lesson
 * @param {string | undefined} after the id of the exercise in front of it
 * @returns {string | undefined} the lesson with a row more in its table; undefined if it has no such table, or no row of that id
 */
export function withRow({ id, name, file, minutes }, text, after) {
  const lines = text.split('\n');
  const head = lines.findIndex((line) => /^\|\s*exercise\s*\|/i.test(line));
  const before = lines.findIndex((line, i) => i > head && line.startsWith(`| ${after} `));
  if (head < 0 || before < 0) return undefined;
  const cells = lines[head]
    .split('|')
    .slice(1, -1)
    .map((cell) => {
      const title = cell.trim().toLowerCase();
      if (title === 'exercise') return `${id} \`${name}\``;
      if (title === 'file') return file;
      return title === 'minutes' ? String(minutes) : stub(id, `the column ${title}`);
    });
  return lines.toSpliced(before + 1, 0, `| ${cells.join(' | ')} |`).join('\n');
}
