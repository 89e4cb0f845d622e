import type { Sender } from '#day1/given/rfc6455.ts';
import { colour as chalk } from '#tools/serve/colour.ts';

export const paint = {
  title: chalk.bold,
  hex: chalk.yellow,
  faint: chalk.dim,
  text: chalk.green,
  problem: chalk.red,
};

/** The sender, in the same width for both. */
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

const SHOWN = 48; // bytes
const PER_ROW = 16;

/** The first bytes of a frame, and nothing else about it. */
export function rawRows(bytes: Uint8Array): string {
  const starts = Array.from({ length: Math.ceil(Math.min(bytes.length, SHOWN) / PER_ROW) }, (_, i) => i * PER_ROW);
  const rows = starts.map((at) => `   ${paint.hex(hex(bytes.subarray(at, Math.min(at + PER_ROW, SHOWN))))}`);
  if (bytes.length > SHOWN) rows.push(paint.faint(`   and ${bytes.length - SHOWN} more`));
  return rows.join('\n');
}
