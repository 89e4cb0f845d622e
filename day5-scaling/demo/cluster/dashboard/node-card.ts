import type { NodeView } from '../state.ts';
import { actions, add, fact } from './view.ts';

const BADGES = { ready: 'open', 'not ready': 'waiting', stopping: 'closing', starting: 'connecting', gone: 'closed' };
const FIGURES = ['sockets', 'subscriptions', 'over Redis/s', 'dropped'] as const;

/** One node, as a card. */
export class NodeCard {
  readonly element: HTMLElement;
  readonly #number: number;
  readonly #act: (action: string) => void;
  readonly #badge: HTMLElement;
  readonly #people: HTMLElement;
  readonly #empty: HTMLElement;
  readonly #figures: HTMLElement[];
  readonly #actions: HTMLElement;

  constructor(parent: Element, number: number, act: (action: string) => void) {
    [this.#number, this.#act] = [number, act];
    this.element = add(parent, 'section', 'card node');
    const head = add(this.element, 'div', 'head');
    add(head, 'h2', '', `Node ${number}`);
    this.#badge = add(head, 'span', 'state');
    this.#people = add(this.element, 'ul', 'people');
    this.#people.setAttribute('aria-label', `Connected to node ${number}`);
    this.#empty = add(this.element, 'p', 'empty', 'ready, and empty: waits for new connections');
    const figures = add(this.element, 'dl', 'figures');
    this.#figures = FIGURES.map((name) => {
      const figure = add(figures, 'div');
      add(figure, 'dt', '', name);
      return add(figure, 'dd');
    });
    this.#actions = add(this.element, 'div', 'actions');
  }

  show({ state, people, sockets, subscriptions, perSecond, dropped }: NodeView): void {
    this.element.dataset.state = state;
    this.#badge.dataset.state = BADGES[state];
    fact(this.#badge, state);
    if (this.#people.textContent !== people.join('')) {
      this.#people.replaceChildren();
      for (const name of people) add(this.#people, 'li', '', name);
    }
    this.#empty.hidden = state !== 'ready' || sockets > 0;
    this.#people.hidden = !this.#empty.hidden;
    [sockets, subscriptions, perSecond.toFixed(1), dropped].forEach((figure, i) =>
      fact(this.#figures[i], state === 'gone' ? '–' : `${figure}`),
    );
    const isUp = state === 'ready' || state === 'not ready';
    actions(this.#actions, this.#act, [
      { words: 'Kill', action: `kill ${this.#number}`, isOff: state === 'gone', key: `${this.#number}` },
      { words: 'Stop', action: `stop ${this.#number}`, isOff: !isUp, key: `${this.#number + 3}` },
      { words: 'Revive', action: `revive ${this.#number}`, isOff: state !== 'gone' },
    ]);
  }
}
