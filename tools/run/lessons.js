/** What must be true of a day's lesson. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { core, root } from './catalogue.js';
import { read } from './files.js';

const HEADINGS = ['What you will build', 'The idea', 'Try it', 'The exercises', 'What usually goes wrong', 'In production', 'Where next'];

/**
 * @param {import('./catalogue.js').Day} day
 * @returns {[string, string | undefined][]} each claim, and what is wrong with it
 */
export function checkLessons(day) {
  const path = `${day.folder}/README.md`;
  if (!existsSync(join(root, path))) return [[path, 'There is no lesson.']];
  const text = read(path).replaceAll('\r\n', '\n');
  const headings = [...text.replace(/^```[^]*?^```/gm, '').matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading);
  const anchors = new Set(headings.map(anchor));
  /** @type {[string, string | undefined][]} */
  const claims = [];
  for (const heading of HEADINGS) claims.push([`${path}: has "${heading}"`, headings.includes(heading) ? undefined : 'The heading is missing.']);
  for (const { id, lesson } of day.exercises) claims.push([`${path}#${lesson}, cited by ${id}`, anchors.has(lesson) ? undefined : 'No such heading.']);
  const words = proseWords(text);
  claims.push([`${path}: 600 to 1,000 words`, words >= 600 && words <= 1000 ? undefined : `${words} words`]);
  const minutes = core(day).reduce((sum, one) => sum + one.minutes, 0);
  claims.push([`day ${day.number}: 30 to 45 minutes of exercises`, minutes >= 30 && minutes <= 45 ? undefined : `${minutes} minutes`]);
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^https?:/.test(target)) continue;
    const [file, hash] = target.split('#');
    const there = file === '' ? anchors.has(hash) : existsSync(join(root, day.folder, file));
    claims.push([`${path}: the link ${target}`, there ? undefined : 'It leads nowhere.']);
  }
  return claims;
}

/** A heading as GitHub writes it behind the #. @param {string} heading @returns {string} */
export const anchor = (heading) => heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').trim().replace(/\s/g, '-');

/** Words without code blocks, tables and what is folded away. @param {string} text @returns {number} */
export const proseWords = (text) =>
  text
    .replace(/<details>[^]*?<\/details>/g, '')
    .replace(/^```[^]*?^```/gm, '')
    .replace(/^\|.*$/gm, '')
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
