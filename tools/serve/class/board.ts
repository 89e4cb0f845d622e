/** The process of `npm run class`: the board's server, until Ctrl+C. `--demo`: with an invented class, and nothing is kept. */
import { renderSVG } from 'uqr';
import { core, readDays } from '#tools/run/catalogue.js';
import { fail, listen, readFlags } from '#tools/serve.ts';
import { inviting, lanAddresses } from '#tools/serve/listen.ts';
import { Classroom } from './classroom.ts';
import { KEPT } from './instructor.ts';
import { inventClass } from './invented.ts';
import { USUAL_PORT } from './protocol.ts';
import { readQuestions } from './questions.ts';
import { createBoard, type Facts } from './server.ts';
import { Store } from './store.ts';

const flags = readFlags(['demo'], USUAL_PORT);
flags.lan = true;
const store = open();
if (!flags.demo) await refuseSecond(store.state.port);

const [days, questions] = await Promise.all([readDays(), readQuestions()]);
const exercises = Object.fromEntries(days.map((day) => [day.number, core(day).map(({ id }) => id)]));
const classroom = new Classroom(store.state, exercises, questions);
if (flags.demo) inventClass(classroom, exercises, Date.now());

const { server, stop } = createBoard(classroom, store, {
  facts,
  forgotten: () => {
    console.log('Everything is forgotten. To begin again: npm run class');
    void stop().then(() => process.exit());
  },
});
const { port } = await listen(server, { name: 'The board', flags, stop, invite: () => inviting(facts().join) });
store.state.port = port; // the instructor's other commands look for it in the file
await store.save();
console.log(
  flags.demo
    ? 'This class is invented, and nothing of it is kept.'
    : 'Open the board on this machine, with http://localhost: only there you can ask questions.\nMore: npm run class help',
);

function open(): Store {
  try {
    return new Store(flags.demo ? undefined : KEPT);
  } catch (error) {
    return fail((error as Error).message);
  }
}

/** Two boards would write into one file. */
async function refuseSecond(port: number): Promise<void> {
  if (port === 0) return;
  const url = `http://127.0.0.1:${port}/class`;
  const answer = await fetch(url, { signal: AbortSignal.timeout(3000) }).catch(() => undefined);
  if (answer?.ok)
    fail(`A board of this folder is running already, on port ${port}. Stop it with Ctrl+C in its terminal first.`);
}

function facts(): Facts {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0; // known as soon as the server listens
  const [first = '127.0.0.1', ...others] = lanAddresses();
  const voteUrl = `http://${first}:${port}/vote`;
  return {
    voteUrl,
    join: `npm run class join ${first}${port === USUAL_PORT ? '' : `:${port}`}`,
    others,
    qr: renderSVG(voteUrl, { border: 4 }), // dark on light in dark mode, too: many phones can't read the opposite
    days: days.map((day) => ({
      number: day.number,
      title: day.title,
      exercises: core(day).map(({ id, name }) => ({ id, name })),
    })),
    questions: questions.map(({ id, title }) => ({ id, title })),
  };
}
