import type { Sender } from '#day1/given/rfc6455.ts';
import { make } from './dom.ts';
import { offerFocus } from './explorer.ts';
import { hexLine, unwrittenLine } from './show-frame.ts';

const MAX_ROWS = 150;
const PILED = 200; // bytes

/** Bytes in one row. They aren't split into frames, because readLength isn't written. */
interface Heap {
  connection: number;
  from: Sender;
  /** the first ones */
  bytes: Uint8Array;
  count: number;
  row: HTMLElement;
}

/** The list of everything that travels, oldest first. It keeps a limited number of rows. */
export class WireList {
  readonly #box: HTMLElement;
  #heap: Heap | undefined;
  /** false while somebody reads further up */
  #follows = true;

  constructor(box: HTMLElement) {
    this.#box = box;
    let before = 0;
    box.addEventListener('scroll', () => {
      if (box.scrollHeight - box.scrollTop - box.clientHeight < 40) this.#follows = true;
      else if (box.scrollTop < before) this.#follows = false; // what grows or shrinks never moves it up
      before = box.scrollTop;
    });
    new ResizeObserver(() => this.follow()).observe(box); // a notice above takes a part of the list's height
  }

  /** Keeps the newest row in sight, unless somebody reads further up. Call it when a row has grown. */
  follow(): void {
    const box = this.#box;
    if (this.#follows && !box.contains(document.activeElement)) box.scrollTop = box.scrollHeight;
  }

  /** Adds something that one side sent. */
  add(connection: number, from: Sender, title: string, body: HTMLElement[], verdict?: HTMLElement): void {
    this.#heap = undefined;
    this.#append(makeRow(connection, from, title, body, verdict));
  }

  /** Adds bytes that can't be taken apart: to the ones before, if these came from the same side. */
  pile(connection: number, from: Sender, bytes: Uint8Array): void {
    const before = this.#heap?.connection === connection && this.#heap.from === from ? this.#heap : undefined;
    const first = Uint8Array.of(...(before?.bytes ?? []), ...bytes.subarray(0, PILED)).subarray(0, PILED);
    const count = (before?.count ?? 0) + bytes.length;
    const row = makeRow(connection, from, 'bytes', [hexLine(first, count), unwrittenLine()]);
    if (before) before.row.replaceWith(row);
    else this.#append(row);
    this.#heap = { connection, from, bytes: first, count, row };
  }

  /** Adds something that happened to a connection. */
  note(connection: number, words: string, tone = ''): void {
    this.#heap = undefined;
    this.#append(make('li', `row note ${tone}`, tag(connection), ` ${words}`));
  }

  #append(row: HTMLElement): void {
    const box = this.#box;
    box.append(row);
    while (box.childElementCount > MAX_ROWS) box.firstElementChild!.remove();
    offerFocus(box);
    this.follow();
  }
}

function makeRow(
  connection: number,
  from: Sender,
  title: string,
  body: HTMLElement[],
  verdict?: HTMLElement,
): HTMLElement {
  const who = from === 'client' ? '↑ client' : '↓ server';
  const head = make('div', 'row-head', tag(connection), make('b', 'who', who), make('span', 'title', title));
  if (verdict) head.append(verdict);
  const row = make('li', `row ${from}`, head, ...body);
  row.setAttribute('aria-label', `Connection ${connection}, from the ${from}: ${title}`);
  return row;
}

const tag = (connection: number): HTMLElement => make('span', 'tag', `#${connection}`);
