/** The page of the voters: phones and laptops. */
import type { VoterView } from '../protocol.ts';
import { connect, find } from './connection.ts';
import { letter, make, results, rich, textOf } from './words.ts';

const say = connect<VoterView>('voter', show);
let shown = '';

function show({ question, mine }: VoterView): void {
  const isOpen = question !== null && !question.isRevealed;
  find('waiting').hidden = question !== null;
  find('form').hidden = !isOpen;
  find('results').hidden = !question?.isRevealed;
  find('mine').textContent = isOpen
    ? mine === null
      ? 'Choose an answer.'
      : `Your vote: ${letter(mine)}. You can change it until the answers are shown.`
    : '';
  if (!question) return;
  if (question.isRevealed)
    return find('results').replaceChildren(
      make('h2', '', ...rich(question.title)),
      ...textOf(question),
      results(question, mine),
    );
  // The choices are made once per question, so that the keyboard's focus stays where it is.
  if (shown !== question.id) {
    shown = question.id;
    find('title').replaceChildren(...rich(question.title));
    const labels = question.options.map(({ text }, i) => {
      const input = make('input');
      Object.assign(input, { type: 'radio', name: 'choice', value: String(i) });
      input.addEventListener('change', () => say({ do: 'vote', question: question.id, choice: i }));
      return make('label', 'choice', input, make('span', '', make('strong', '', `${letter(i)}. `), ...rich(text)));
    });
    find('choices').replaceChildren(...textOf(question), ...labels);
  }
  document.querySelectorAll<HTMLInputElement>('[name=choice]').forEach((input, i) => (input.checked = i === mine));
}
