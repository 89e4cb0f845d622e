/** Runs a server in a process of its own, in this terminal. */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { root } from './catalogue.js';
import { tryTemporary } from './set-up.js';

/**
 * Starts a server that is written in TypeScript, and stays until it ends.
 *
 * @param {string[]} args of Node: the server's path, its flags, and options of Node before them
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} its exit code
 * @throws PlainError if there is no folder for temporary files
 */
export function runServer(args, env) {
  tryTemporary(); // tsx would fail there too, but with a stack
  const server = spawn(process.execPath, ['--import', 'tsx', ...args], { cwd: root, env, stdio: 'inherit' });
  // Ctrl+C reaches the server too: wait for it, so that the terminal is quiet again when we are gone.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM']))
    process.on(signal, () => signal === 'SIGTERM' && server.kill());
  return new Promise((resolve) =>
    server.on('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0))),
  );
}
