/** The instructor's page: how far everyone is, and what the class is asked. */
import type { BoardView } from '../protocol.ts';
import type { Facts } from '../server.ts';
import { connect, find } from './connection.ts';
import { tablesOf, tilesOf } from './table.ts';
import { letter, make, results, rich, textOf } from './words.ts';

const facts = (await (await fetch('/facts')).json()) as Facts;
const [day, sort, which] = ['day', 'sort', 'which'].map((id) => find<HTMLSelectElement>(id));
let view: BoardView | undefined;
/** how far the board's clock is ahead of this page's, in ms */
let ahead = 0;
/** the instructor has chosen a day: the page doesn't change it any more */
let isChosen = false;

day.append(...facts.days.map(({ number, title }) => new Option(`${number} ${title}`, String(number))));
for (const id of ['join-line', 'join-command']) find(id).textContent = facts.join;
find('others').textContent =
  facts.others.length > 0 ? `On another network, the address is ${facts.others.join(' or ')}.` : '';
find('vote-address').textContent = facts.voteUrl;
for (const id of ['vote-code', 'scan-code']) find<HTMLImageElement>(id).alt = `QR code of ${facts.voteUrl}`;
find('scan-words').replaceChildren('Vote at ', make('strong', '', facts.voteUrl));
listQuestions();

const say = connect<BoardView>('instructor', (next) => {
  view = next;
  ahead = next.now - Date.now();
  if (!isChosen) day.value = latestDay(next) ?? day.value;
  if (!isChosen) listQuestions();
  show();
});
setInterval(show, 30_000); // the minutes pass, although nothing happens

day.addEventListener('change', () => {
  isChosen = true;
  listQuestions();
  show();
});
sort.addEventListener('change', show);
find('controls').addEventListener('submit', (event) => {
  event.preventDefault();
  say({ do: 'ask', question: which.value });
});
find('reveal').addEventListener('click', () => say({ do: 'reveal' }));
find('end').addEventListener('click', () => say({ do: 'end' }));

/** The questions of the day that is shown. */
function listQuestions(): void {
  const ofDay = facts.questions.filter(({ id }) => id.startsWith(`${day.value}.`));
  const values = ofDay.map(({ id }) => id).join();
  if (which.dataset.values === values) return;
  which.dataset.values = values;
  which.replaceChildren(...ofDay.map(({ id, title }) => new Option(`${id} ${title.replaceAll('`', '')}`, id)));
}

/** The day that somebody has worked on last. */
function latestDay({ rows }: BoardView): string | undefined {
  const all = rows.flatMap(({ at }) => Object.entries(at));
  return all.sort(([, a], [, b]) => b.since - a.since)[0]?.[0];
}

function show(): void {
  if (!view) return;
  const { rows, question } = view;
  const exercises = facts.days.find(({ number }) => String(number) === day.value)?.exercises ?? [];
  const isEmpty = rows.length === 0;
  find('question').hidden = question === null;
  find('class').hidden = question !== null;
  find('tiles').hidden = isEmpty;
  find('join-line').hidden = isEmpty;
  find('nobody').textContent = isEmpty ? 'Nobody is here yet' : 'Not here yet?';
  const shown = { rows, day: day.value, exercises, now: Date.now() + ahead, sort: sort.value };
  find('tiles').replaceChildren(...tilesOf(shown));
  const tables = tablesOf(shown);
  find('tables').replaceChildren(...tables);
  find('class').dataset.tables = String(tables.length);
  if (!question) return;

  const options = question.options.map(({ text }, i) =>
    make('li', '', make('strong', '', `${letter(i)}. `), ...rich(text)),
  );
  find('asked').replaceChildren(
    make('h2', '', ...rich(question.title)),
    ...textOf(question),
    question.isRevealed ? results(question) : make('ol', 'results', ...options),
  );
  find('scan').hidden = question.isRevealed;
  find<HTMLButtonElement>('reveal').disabled = question.isRevealed;
  find('votes').textContent = `${question.votes} ${question.votes === 1 ? 'vote' : 'votes'}`;
}
