/**
 * The board of `watch`: what is shown, and what the keys do. Its caller says how a run is made and where text goes.
 *
 * @typedef {object} Report the result of one run
 * @property {string} text its output
 * @property {Record<string, import('./status.js').Status['state']>} states of the exercises, in their order
 * @property {string} [shown] the exercise in the panel
 * @property {number} hint which of its hints the panel shows; 0 if none
 *
 * @typedef {object} Means
 * @property {(words: string[], focus: string | undefined) => Promise<Report | undefined>} run undefined: it ended without a result
 * @property {(text: string) => void} replace shows a text in place of the old one
 * @property {(text: string) => void} append
 * @property {(id: string) => Promise<string>} diff the learner's file against the solution's
 * @property {() => void} quit
 */
import { isBonus } from './catalogue.js';
import { hintText } from './hints.js';

const KEYS = 'h next hint   d difference   n next exercise   Enter run again   q quit';

export class Board {
  /** @type {Report | undefined} */
  #report;
  /** @type {string | undefined} the exercise that the learner has chosen with `n` */
  #focus;
  /** @type {Map<string, number>} exercise → the last hint that was shown */
  #hints = new Map();
  #isRunning = false;
  #carried = ''; // a text to repeat on the next board, which follows at once
  #again = false;

  /**
   * @param {string[]} words of the command, without `watch`
   * @param {import('./catalogue.js').Day[]} days
   * @param {boolean} hasKeys
   * @param {Means} means
   */
  constructor(words, days, hasKeys, means) {
    this.words = words;
    this.days = days;
    this.hasKeys = hasKeys;
    this.means = means;
  }

  /** Runs the checks. If it is called during a run, they run once more afterwards. The old board stays until the new one is ready. */
  async go() {
    if (this.#isRunning) {
      this.#again = true;
      return;
    }
    this.#isRunning = true;
    do {
      this.#again = false;
      if (this.#report && this.hasKeys) this.means.append('\nChecking again …');
      const before = this.#report;
      const report = await this.means.run(this.words, this.#focus);
      if (report) this.#take(report, before);
    } while (this.#again);
    this.#isRunning = false;
  }

  /** @param {Report} report @param {Report | undefined} before */
  #take(report, before) {
    this.#report = report;
    const isDone = (/** @type {string} */ id) => report.states[id] === 'done';
    const right = Object.keys(report.states).filter(
      (id) => isDone(id) && before && id in before.states && before.states[id] !== 'done',
    );
    if (this.#focus && isDone(this.#focus)) this.#focus = undefined;
    let news = this.#carried;
    this.#carried = '';
    if (right.length > 0) news = `${right.join(', ')} ${right.length > 1 ? 'are' : 'is'} right.`;
    // Only single exercises were asked for, and they are done: go on to the next one.
    const next = right.length > 0 && Object.keys(report.states).every(isDone) && this.#following();
    if (next) {
      news += ` On to ${next}.`;
      this.#carried = news;
      this.words = [next];
      this.#again = true;
    }
    const foot = `Watching: save a file to run again${this.hasKeys ? `\n${KEYS}` : ', Ctrl+C to stop.'}`;
    this.means.replace([report.text.trimEnd(), news, foot].filter(Boolean).join('\n\n'));
  }

  /** The exercise after those that were asked for. Undefined if whole days were asked for, or if those were the last. */
  #following() {
    if (!this.words.every((word) => /\d\.\w+$/.test(word))) return undefined;
    const last = Object.keys(this.#report?.states ?? {}).at(-1);
    const day = this.days.find(({ exercises }) => exercises.some(({ id }) => id === last));
    const at = day?.exercises.findIndex(({ id }) => id === last) ?? -1;
    const [one, next] = day?.exercises.slice(at, at + 2) ?? [];
    return one && next && isBonus(one) === isBonus(next) ? next.id : undefined;
  }

  /** @param {string} key as a terminal in raw mode gives it */
  async key(key) {
    if (key === 'q' || key === '\u0003' || key === '\u0004') return this.means.quit();
    if (key === '\r' || key === '\n') return this.go();
    const { shown, hint = 0, states = {} } = this.#report ?? {};
    if (key === 'n') {
      const open = Object.keys(states).filter((id) => states[id] !== 'done' && states[id] !== 'missing');
      const next = open[(open.indexOf(shown ?? '') + 1) % open.length];
      if (next && next !== shown) {
        this.#focus = next;
        return this.go();
      }
      const following = this.#following();
      if (!following) return this.means.append('\nNothing else to do here.');
      this.words = [following];
      this.#focus = undefined;
      return this.go();
    }
    if (key !== 'h' && key !== 'd') return;
    if (!shown) return this.means.append('\nNothing to do here.');
    if (key === 'd') return this.means.append(`\n${(await this.means.diff(shown)).trimEnd()}`);
    const exercise = this.days.flatMap(({ exercises }) => exercises).find(({ id }) => id === shown);
    if (!exercise) return;
    const level = Math.max(this.#hints.get(shown) ?? 0, hint) + 1;
    this.#hints.set(shown, Math.min(level, exercise.hints.length));
    this.means.append(
      level > exercise.hints.length
        ? `\nThere are no more hints. The solution: npm run solve ${shown} (your version is kept in a backup)`
        : `\n${hintText(exercise, level)}`,
    );
  }
}
