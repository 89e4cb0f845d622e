/** Mutants: a function with one small change, the kind of slip that a suite should notice. */
import { parseSync } from 'vite';
import { findFunction } from './source.js';

/** What each operator becomes. */
const OPERATORS = /** @type {Record<string, string[]>} */ ({
  '<': ['<=', '>'],
  '<=': ['<', '>'],
  '>': ['>=', '<'],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '**': ['*'],
  '&': ['|'],
  '|': ['&'],
  '^': ['|'],
  '&&': ['||'],
  '||': ['&&'],
  '+=': ['-='],
  '-=': ['+='],
  '??=': ['='],
});

/** Calls for which the order of the arguments makes no difference. */
const COMMUTATIVE = /^Math\.(min|max)$/;

/**
 * An expression that runs too late: after the code that is running now, and after everything that is waiting now. Whoever awaits a
 * promise can't see that it was settled a microtask later, so that is not tried.
 *
 * @param {string} code
 * @returns {string[]}
 */
const later = (code) => [
  ...(/^(resolve|reject)\(/.test(code) ? [] : [`queueMicrotask(() => ${code})`]),
  `setTimeout(() => ${code})`,
];

/**
 * @typedef {object} Mutant
 * @property {string} code the whole function with the change
 * @property {string[]} before the lines that the change touches, without indentation
 * @property {string[]} after the same lines, changed
 */

/**
 * @param {string} source a file's text
 * @param {string} name of a function or method in it
 * @returns {Mutant[]} each with one change; no two are the same
 */
export function mutantsOf(source, name) {
  const place = findFunction(source, name);
  if (!place) throw new Error(`no function or method ${name}, or more than one`);
  const original = source.slice(place.start, place.end);
  /** @type {Map<string, Mutant>} */
  const found = new Map();
  /** Adds a mutant: the function with one piece replaced. */
  const change = (/** @type {number} */ start, /** @type {number} */ end, /** @type {string} */ text) => {
    const code = source.slice(place.start, start) + text + source.slice(end, place.end);
    const { errors } = parseSync('file.ts', source.slice(0, place.start) + code + source.slice(place.end));
    if (errors.length === 0 && code !== original) found.set(code, { code, ...touched(original, code) });
  };
  const { program } = parseSync('file.ts', source);
  walk(program, undefined, (node, parent, isMessage) => {
    if (node.start < place.start || node.end > place.end) return;
    mutate(node, parent, isMessage, source, change);
  });
  return [...found.values()];
}

/**
 * @param {any} node
 * @param {any} parent
 * @param {boolean} isMessage inside of `new …Error(…)`: that text is for people, and is not changed
 * @param {string} source
 * @param {(start: number, end: number, text: string) => void} change
 */
function mutate(node, parent, isMessage, source, change) {
  const text = (/** @type {any} */ one) => source.slice(one.start, one.end);
  const become = (/** @type {string} */ other) => change(node.start, node.end, other);
  const remove = () => become(parent.type === 'BlockStatement' || parent.type === 'FunctionBody' ? '' : ';');
  switch (node.type) {
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'AssignmentExpression': {
      if (isMessage && node.operator === '+') break;
      const from = source.indexOf(node.operator, node.left.end);
      for (const other of OPERATORS[node.operator] ?? []) change(from, from + node.operator.length, other);
      if (node.type === 'LogicalExpression') for (const side of [node.left, node.right]) become(text(side));
      break;
    }
    case 'UpdateExpression':
      become(text(node).replace(/\+\+|--/, (operator) => (operator === '++' ? '--' : '++')));
      break;
    case 'UnaryExpression':
      if (['!', '-'].includes(node.operator)) become(`(${text(node.argument)})`);
      break;
    case 'AwaitExpression':
      become(`(${text(node.argument)})`);
      become(`await Promise.resolve(${text(node.argument)}).catch(() => {})`);
      break;
    case 'CatchClause':
      change(node.body.start, node.body.end, '{}');
      break;
    case 'ArrowFunctionExpression':
      if (node.body.type === 'BlockStatement' || node.body.type === 'FunctionBody') break;
      change(node.body.start, node.body.end, 'undefined');
      if (node.body.type === 'CallExpression')
        for (const one of later(text(node.body))) change(node.body.start, node.body.end, one);
      break;
    case 'ConditionalExpression':
      for (const side of [node.consequent, node.alternate]) become(`(${text(side)})`);
      break;
    case 'IfStatement':
      for (const value of ['true', 'false']) change(node.test.start, node.test.end, value);
      break;
    case 'WhileStatement':
      change(node.test.start, node.test.end, 'false');
      break;
    case 'Literal':
      for (const value of otherValues(node, isMessage)) become(value);
      break;
    case 'MemberExpression':
      if (node.optional) change(node.object.end, node.object.end + 2, node.computed ? '' : '.');
      break;
    case 'CallExpression':
    case 'NewExpression': {
      if (COMMUTATIVE.test(text(node.callee))) break;
      for (const [i, second] of node.arguments.entries()) {
        const first = node.arguments[i - 1];
        if (first)
          change(first.start, second.end, `${text(second)}${source.slice(first.end, second.start)}${text(first)}`);
      }
      break;
    }
    case 'ExpressionStatement':
      for (const one of later(text(node.expression))) become(`${one};`);
      remove();
      break;
    case 'ReturnStatement':
      if (node.argument?.type === 'CallExpression')
        for (const one of later(text(node.argument))) become(`return void ${one};`);
      remove();
      break;
    case 'ThrowStatement':
    case 'ForOfStatement':
      remove();
      break;
  }
}

/** @param {any} node a literal @param {boolean} isMessage @returns {string[]} */
function otherValues({ value, bigint, regex }, isMessage) {
  if (bigint !== undefined && bigint !== null) return [`${BigInt(bigint) + 1n}n`];
  if (regex) return [];
  if (typeof value === 'boolean') return [String(!value)];
  if (typeof value === 'string') return isMessage ? [] : [value === '' ? "'mutant'" : "''"];
  if (typeof value !== 'number') return [];
  return [...new Set([value + 1, value * 2, Math.floor(value / 2)])].filter((one) => one !== value).map(String);
}

/**
 * @param {any} node
 * @param {any} parent
 * @param {(node: any, parent: any, isMessage: boolean) => void} visit
 * @param {boolean} [isMessage]
 */
function walk(node, parent, visit, isMessage = false) {
  if (!node || typeof node.type !== 'string') return;
  // Types are not code; the expression in a cast is.
  if (/^TS(?!AsExpression|NonNullExpression|SatisfiesExpression)/.test(node.type)) return;
  if (isMessage && node.type === 'TemplateLiteral') return;
  visit(node, parent, isMessage);
  const isError = node.type === 'NewExpression' && node.callee.name?.endsWith('Error');
  for (const [key, child] of Object.entries(node)) {
    if (['parent', 'key', 'typeAnnotation', 'returnType', 'typeArguments'].includes(key)) continue;
    const inMessage = isMessage || (isError && key === 'arguments');
    for (const one of Array.isArray(child) ? child : [child]) walk(one, node, visit, inMessage);
  }
}

/** @param {string} a @param {string} b @returns {{ before: string[], after: string[] }} the lines in which they differ */
function touched(a, b) {
  const [left, right] = [a, b].map(linesOf);
  let [start, end] = [0, 0];
  while (start < left.length && left[start] === right[start]) start++;
  const most = Math.min(left.length, right.length) - start;
  while (end < most && left[left.length - 1 - end] === right[right.length - 1 - end]) end++;
  return { before: left.slice(start, left.length - end), after: right.slice(start, right.length - end) };
}

/** @param {string} text @returns {string[]} */
const linesOf = (text) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
