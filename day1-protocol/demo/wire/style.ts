import { Chalk } from 'chalk';
import type { Sender } from '#day1/given/rfc6455.ts';

// Colours only in a terminal, and not if NO_COLOR (no-color.org) is set.
const chalk = new Chalk(process.stdout.isTTY && !process.env.NO_COLOR ? {} : { level: 0 });

export const paint = {
  title: chalk.bold,
  hex: chalk.yellow,
  faint: chalk.dim,
  text: chalk.green,
  problem: chalk.red,
};

/** Who sends, in the same width for both. */
export function arrow(who: Sender): string {
  return who === 'client' ? chalk.cyan('client → server') : chalk.magenta('client ← server');
}

/** Text that somebody sent, without the characters that would control the terminal. */
export function safe(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** `37 fa 21 3d` */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
