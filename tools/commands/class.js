/** `npm run class`: the instructor's board. `npm run class join 192.168.1.5`: a learner joins it. The words are in HELP. */
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { tsImport } from 'tsx/esm/api';
import { root } from '../run/catalogue.js';
import { JOINED } from '../run/hand-over.js';
import { runServer } from '../run/server-process.js';
import { PlainError } from '../run/words.js';

const HELP = `For the instructor:
  npm run class                       starts the board, on port 8070 (another one: npm run class port 9000)
  npm run class demo                  the same with an invented class, to try it; nothing is kept
  npm run class ask                   lists the questions
  npm run class ask 1.2               puts a question to the class
  npm run class reveal                shows how the class has voted, and the right answer
  npm run class end                   ends the question
  npm run class remove NICKNAME       takes a row off the board
  npm run class export                prints the board as CSV (into a file: npm run class export class.csv)
  npm run class forget                deletes everything that the board knows

For learners:
  npm run class join ADDRESS          joins the board at the address on the projector
  npm run class join ADDRESS NICKNAME the same, without a question
  npm run class leave                 takes your row off the board, and forgets it`;

/** @type {Record<string, (words: string[]) => Promise<number>>} */
const WORDS = {
  join: joinBoard,
  leave,
  ask,
  reveal: async (words) => plain('reveal', words),
  end: async (words) => plain('end', words),
  async remove(words) {
    if (words.length === 0) throw new PlainError('Say whose row: npm run class remove NICKNAME');
    return instruct({ do: 'remove', name: words.join(' ') });
  },
  export: exportClass,
  forget,
  async help() {
    console.log(HELP);
    return 0;
  },
};

/** @param {string[]} words @returns {Promise<number>} */
export async function run(words) {
  const [first = '', ...rest] = words.map((word, i) =>
    i === 0 ? word.replace(/^--?(?=[a-z])/, '').toLowerCase() : word,
  );
  if (Object.hasOwn(WORDS, first)) return WORDS[first](rest);
  if (first === '' || first === 'port' || first === 'demo' || first === 'lan' || /^\d+$/.test(first))
    return board(words);
  throw new PlainError(`"${first}" is not a word that this command knows.\n${HELP}`);
}

/** Starts the board's process, and stays until it ends. @param {string[]} words @returns {Promise<number>} its exit code */
function board(words) {
  const flags = words
    .filter((word) => word !== 'lan') // it always is
    .flatMap((word, i, all) => {
      if (!/^\d+$/.test(word)) return [`--${word.replace(/^--?/, '')}`];
      return all[i - 1] === 'port' ? [word] : ['--port', word];
    });
  const env = { ...process.env, COURSE_START: 'npm run class' };
  return runServer([join(root, 'tools/serve/class/board.ts'), ...flags], env);
}

/** @param {string[]} words @returns {Promise<number>} */
async function joinBoard([address, ...words]) {
  if (!address)
    throw new PlainError('Say where the board is. The address is on the projector: npm run class join 192.168.1.5');
  const name = words.join(' ') || (await nickname(address));
  const member = await load('member');
  const full = await member.joinBoard(JOINED, address, name);
  console.log(`You are on the board at ${full} as "${name.trim()}". From now on, each npm test reports which exercises are done.
Your nickname, the states of the exercises and times travel there, and nothing else. To leave: npm run class leave`);
  return 0;
}

/** @param {string} address @returns {Promise<string>} */
async function nickname(address) {
  const missing = `Say your nickname, too: npm run class join ${address} NICKNAME`;
  if (!process.stdin.isTTY) throw new PlainError(missing);
  const input = createInterface({ input: process.stdin, output: process.stdout });
  const closed = once(input, 'close').then(() => ''); // Ctrl+D
  const name = await Promise.race([input.question('Your nickname, for everyone to see: '), closed]);
  input.close();
  if (!name) throw new PlainError(missing);
  return name;
}

/** @returns {Promise<number>} */
async function leave() {
  const member = await load('member');
  const isConfirmed = await member.leaveBoard(JOINED);
  console.log(
    isConfirmed
      ? 'Your row is off the board, and npm test reports nothing any more.'
      : 'npm test reports nothing any more. The board did not answer, so ask the instructor to remove your row.',
  );
  return 0;
}

/** @param {string[]} words @returns {Promise<number>} */
async function ask([id]) {
  if (id) return instruct({ do: 'ask', question: id });
  const questions = await load('questions');
  for (const one of await questions.readQuestions()) console.log(`${one.id.padEnd(5)} ${one.title}`);
  console.log('\nTo ask one: npm run class ask 1.2');
  return 0;
}

/** @param {'reveal' | 'end'} word @param {string[]} words */
function plain(word, words) {
  if (words.length > 0)
    throw new PlainError(`npm run class ${word} takes no more words, but got "${words.join(' ')}".`);
  return instruct({ do: word });
}

/** @param {import('../serve/class/protocol.ts').Wish<'instructor'>} wish @returns {Promise<number>} */
async function instruct(wish) {
  const { instructBoard } = await load('instructor');
  await instructBoard(wish);
  return 0;
}

/** @param {string[]} words @returns {Promise<number>} */
async function exportClass([path]) {
  const { exportBoard } = await load('instructor');
  const csv = await exportBoard(path);
  console.log(path ? `The board is in ${path}.` : csv.trimEnd());
  return 0;
}

/** @returns {Promise<number>} */
async function forget() {
  const { forgetBoard } = await load('instructor');
  console.log(await forgetBoard());
  return 0;
}

/**
 * TypeScript is loaded only when a word needs it.
 *
 * @template {'member' | 'instructor' | 'questions'} Name
 * @param {Name} name
 * @returns {Promise<{ member: typeof import('../serve/class/member.ts'), instructor: typeof import('../serve/class/instructor.ts'),
 *   questions: typeof import('../serve/class/questions.ts') }[Name]>}
 */
const load = (name) => tsImport(`../serve/class/${name}.ts`, import.meta.url);
