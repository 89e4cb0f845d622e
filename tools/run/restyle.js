/** A file of exercises in another style: the same code, written as somebody else would write it. Text in, text out. */
import { parseSync } from 'vite';

/**
 * @typedef {object} Part one exercise, in pieces
 * @property {string} name of the function, or of the method
 * @property {number} start of the text that is replaced
 * @property {number} end of that text
 * @property {boolean} isMethod
 * @property {string} modifiers what is in front of a method's name, such as `override `, without `async`
 * @property {string} async `async `, or nothing
 * @property {string} head the parameters and the type that is returned
 * @property {string} body with its braces
 *
 * @typedef {{ here: string, below?: string }} Restyled `here` takes the place of the exercise; `below` goes to the end of the file
 */

/** What each style makes of a function or a method; undefined leaves it as it is. */
export const STYLES = /** @type {Record<string, (part: Part) => Restyled | undefined>} */ ({
  'arrow constants': ({ isMethod, name, async, head, body }) =>
    isMethod ? undefined : { here: `export const ${name} = ${async}${head} => ${body};` },
  'function expressions': ({ isMethod, modifiers, name, async, head, body }) => ({
    here: `${isMethod ? modifiers : 'export const '}${name} = ${async}function ${head} ${body};`,
  }),
  'separate exports': ({ isMethod, name, async, head, body }) =>
    isMethod ? undefined : { here: `${async}function ${name}${head} ${body}`, below: `export { ${name} };` },
  'class fields': ({ isMethod, modifiers, name, async, head, body }) =>
    isMethod ? { here: `${modifiers}${name} = ${async}${head} => ${body};` } : undefined,
  'helpers outside': ({ isMethod, modifiers, name, async, head, body }) => ({
    here: `${isMethod ? modifiers : 'export '}${isMethod ? '' : 'function '}${name}${head} { return ${name}Helper.apply(this, arguments); }`,
    below: `${async}function ${name}Helper${head} ${body}`,
  }),
});

/**
 * @param {string} source TypeScript
 * @param {string[]} names of the exercises in it, such as `acceptKey` or `ChatNode.deliver`
 * @param {string} style a key of STYLES
 * @returns {string | undefined} the file in that style; undefined if the style leaves it as it is
 */
export function restyle(source, names, style) {
  const parts = partsOf(source, names);
  let code = source;
  let below = '';
  for (const part of parts.sort((a, b) => b.start - a.start)) {
    const made = STYLES[style](part);
    if (!made) continue;
    code = code.slice(0, part.start) + made.here + code.slice(part.end);
    if (made.below) below += `\n${made.below}\n`;
  }
  return code === source ? undefined : code + below;
}

/** @param {string} source @param {string[]} names @returns {Part[]} */
function partsOf(source, names) {
  /** @type {Part[]} */
  const parts = [];
  const take = (
    /** @type {any} */ node,
    /** @type {any} */ key,
    /** @type {any} */ value,
    /** @type {boolean} */ isMethod,
  ) =>
    parts.push({
      name: key.name,
      start: node.start,
      end: node.end,
      isMethod,
      modifiers: isMethod ? source.slice(node.start, key.start).replace(/\basync\s+/, '') : '',
      async: value.async ? 'async ' : '',
      head: source.slice(key.end, value.body.start).trim(),
      body: source.slice(value.body.start, value.body.end),
    });
  for (const statement of /** @type {any[]} */ (parseSync('file.ts', source).program.body)) {
    const declared = statement.declaration ?? statement;
    if (declared.type === 'FunctionDeclaration' && names.includes(declared.id.name))
      take(statement, declared.id, declared, false);
    if (declared.type !== 'ClassDeclaration') continue;
    for (const member of declared.body.body) {
      const called = [member.key?.name, `${declared.id.name}.${member.key?.name}`];
      if (member.type === 'MethodDefinition' && called.some((name) => names.includes(name)))
        take(member, member.key, member.value, true);
    }
  }
  return parts;
}
