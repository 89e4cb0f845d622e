import type { Sender } from '#day1/given/rfc6455.ts';
import { make } from './dom.ts';
import { cutOf, fieldsOf, restOf, unmaskedField, type Field, type Group } from './fields.ts';
import { headerOf, readFrame, type Remark } from './reading.ts';
import { count, hex, more, nameOf, wordsOf } from './words.ts';

const SHOWN = 96; // bytes that nobody has taken apart

/** What one frame looks like on the page. */
export interface FrameView {
  /** such as `text, 5 bytes` */
  title: string;
  /** that the learner's code has no objection, if so */
  verdict?: HTMLElement;
  /** its bytes, and what there is to say about them */
  body: HTMLElement[];
  /** true: the learner's code can't tell where it ends, so it has no fields */
  unwritten: boolean;
}

/** One whole frame, as the learner's functions read it. */
export function viewFrame(bytes: Uint8Array, from: Sender): FrameView {
  const { read, unwritten = false, unmasked, remarks } = readFrame(bytes, from);
  if (!read) return { title: count(bytes.length), body: [hexLine(bytes), ...remarks.map(remarkLine)], unwritten };
  const { opcode, masked } = headerOf(bytes, read.length);
  const line = make('div', 'bytes', ...fieldsOf(bytes, from, read).map(groupBox));
  const extra = cutOf(bytes, read);
  if (extra !== 0) line.append(...cut(bytes, extra));
  const start = masked ? read.next + 4 : read.next;
  const payload = masked ? unmasked : bytes.subarray(start, start + read.length);
  const words = payload && wordsOf(opcode, payload);
  const second = make('div', 'bytes');
  if (unmasked && unmasked.length > 0) second.append(groupBox({ fields: [unmaskedField(unmasked)] }));
  if (words) second.append(make('span', 'words', words));
  const verdict = remarks.find(({ tone }) => tone === 'good');
  return {
    title: `${nameOf(opcode)}, ${count(read.length)}`,
    verdict: verdict && remarkLine(verdict),
    body: [
      line,
      ...(second.hasChildNodes() ? [second] : []),
      ...remarks.filter((remark) => remark !== verdict).map(remarkLine),
    ],
    unwritten,
  };
}

/** Bytes that nobody has taken apart. @param total how many there are, if `bytes` is only the beginning */
export function hexLine(bytes: Uint8Array, total = bytes.length): HTMLElement {
  const shown =
    total > SHOWN ? `${hex(bytes.subarray(0, SHOWN))} … ${(total - SHOWN).toLocaleString('en-GB')} more` : hex(bytes);
  return make('div', 'bytes raw', shown);
}

const MARKS = { good: '✓', wrong: '✗', refused: '⊘', todo: '○' };

export function remarkLine({ tone, words }: Remark): HTMLElement {
  const mark = make('span', 'mark', MARKS[tone]);
  mark.setAttribute('aria-hidden', 'true');
  return make('p', `remark ${tone}`, mark, ` ${words}`);
}

/** What there is to say about bytes while 1.2 isn't written. */
export const unwrittenLine = (): HTMLElement =>
  remarkLine({
    tone: 'todo',
    words: 'readLength (1.2) is not written yet, so nobody can tell where a frame ends.',
  });

/** The red line, and what lies behind it. */
function cut(bytes: Uint8Array, extra: number): HTMLElement[] {
  const words = extra > 0 ? 'your code cuts here' : `your code waits for ${more(-extra)}`;
  const line = make('span', 'cut', make('span', 'cut-words', words));
  return extra > 0 ? [line, groupBox({ fields: [restOf(bytes, Math.min(extra, bytes.length))] })] : [line];
}

function groupBox({ hex: bytes, fields }: Group): HTMLElement {
  const box = make('span', 'group');
  if (bytes) {
    const head = make('span', 'group-hex', bytes);
    head.setAttribute('aria-hidden', 'true');
    box.append(head);
  }
  box.append(...fields.map(fieldButton));
  return box;
}

/** A button, since it does something when it has the focus: the explanation appears. The list decides which one Tab reaches. */
function fieldButton({ kind, name, value, says }: Field): HTMLElement {
  const button = make('button', 'field', make('span', 'value', value), ' ', make('span', 'label', name));
  button.type = 'button';
  button.tabIndex = -1;
  button.dataset.kind = kind;
  button.dataset.says = says;
  return button;
}
