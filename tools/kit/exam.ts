/** `exam`: the frame in which a day's exam runs. It is a suite like any other, and `npm run exam` shows it line by line. */
import { exercise, post } from './exercise.ts';

/** One line of the verdict. */
export interface Trial {
  /** what is tried, in words; no two trials of a day have the same */
  tried: string;
  /** the exercise that is to blame if it fails, such as `1.6`. `fail(…, { blames: '1.5' })` blames another one */
  blames: string;
  /** it tries everything at once: if an earlier trial has failed, that one's exercise is to blame */
  together?: boolean;
  /** @returns what the code stood up to, in words */
  run: () => Promise<string>;
}

/** A day's exam: its trials, in the order in which they run. */
export function exam(trials: Trial[]): void {
  for (const { tried, blames, together = false, run } of trials) {
    exercise(`${blames} ${tried}`, (check) =>
      check(tried, async () => {
        post({ type: 'held', words: await run() });
      }),
    );
    post({ type: 'trial', exercise: blames, check: tried, together });
  }
}
