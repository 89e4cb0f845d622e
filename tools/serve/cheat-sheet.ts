/** Prints docs/cheat-sheet.md as docs/cheat-sheet.pdf, one page of A4: `npx tsx tools/serve/cheat-sheet.ts` (needs `npm run extras` and Chrome, Chromium or Edge) */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fail } from './flags.ts';

const docs = new URL('../../docs/', import.meta.url);

/** The text of docs/cheat-sheet.md. */
export const readSheet = (): string => readFileSync(new URL('cheat-sheet.md', docs), 'utf8').replaceAll('\r\n', '\n');

/** The PDF's title. It changes with the text and the style, so a test can see whether the PDF is up to date. */
export function titleOf(markdown: string): string {
  const version = createHash('sha256').update(markdown).update(readStyle()).digest('hex').slice(0, 8);
  return `WebSockets on one page, version ${version}`;
}

/** How many pages a PDF has, if it was written by Chromium. */
export const pagesOf = (pdf: Buffer): number => pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;

/**
 * Makes HTML of the Markdown that the sheet uses: headings, tables, blocks of code, paragraphs; in them `code`, **bold** and links.
 * What comes between the title and the first section is left out: it is for readers of the file.
 */
export function toHtml(markdown: string): string {
  const [title, ...sections] = markdown.split(/^## /m);
  const body = sections.map((text) => {
    const [heading, ...blocks] = text.trim().split(/\n\n+/);
    return `<section><h2>${inline(heading)}</h2>${blocks.map(block).join('\n')}</section>`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${titleOf(markdown)}</title><style>${readStyle()}</style>
<h1>${inline(/^# (.+)$/m.exec(title)?.[1] ?? '')}</h1>${body.join('\n')}</html>`;
}

const readStyle = (): string =>
  readFileSync(new URL('cheat-sheet.css', import.meta.url), 'utf8').replaceAll('\r\n', '\n');

function block(text: string): string {
  if (text.startsWith('```')) return `<pre>${escape(text.split('\n').slice(1, -1).join('\n'))}</pre>`;
  if (!text.startsWith('|')) return `<p>${inline(text)}</p>`;
  const [head, , ...rows] = text.split('\n').map((line) => line.slice(1, -1).split('|'));
  const row = (cells: string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${inline(cell.trim())}</${tag}>`).join('')}</tr>`;
  return `<table>${row(head, 'th')}${rows.map((cells) => row(cells, 'td')).join('')}</table>`;
}

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const inline = (text: string): string =>
  escape(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll(' }', '&nbsp;}') // no line begins with a lonely brace
    .replace(/\*\*([^*]+)\*\*/g, '<b>$1</b>')
    .replace(/\[([^\]]+)\]\([^)]+\)/g, '$1');

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { launch } = await import('../tests/helpers/browser.ts');
  const browser = (await launch()) ?? fail('The PDF was not written.');
  const page = await browser.newPage();
  await page.setContent(toHtml(readSheet()));
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: true });
  await browser.close();
  if (pagesOf(pdf) !== 1)
    fail(`The sheet has ${pagesOf(pdf)} pages. Shorten docs/cheat-sheet.md. The PDF was not written.`);
  writeFileSync(new URL('cheat-sheet.pdf', docs), pdf);
  console.log(`docs/cheat-sheet.pdf is written: one page, ${Math.round(pdf.length / 1024)} KiB.`);
}
