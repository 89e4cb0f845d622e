import { readDays } from '#tools/run/catalogue.js';
import { readLines } from '#tools/run/files.js';
import { parseQuiz, readQuiz } from '#tools/run/quiz.js';

/** A question for the class. */
export interface Question {
  /** such as `1.2`: the day, and its number in the day */
  id: string;
  title: string;
  text: string;
  /** none of them is right if it is a matter of opinion */
  options: { text: string; isRight: boolean; why: string }[];
}

/** Every question that can be put to the class: those of the quizzes (1.1 to 1.5), and those of docs/questions.md (from 1.6 on), in order. */
export async function readQuestions(): Promise<Question[]> {
  const ofQuizzes = (await readDays()).flatMap((day) =>
    readQuiz(day).map((question, i) => withId(`${day.number}.${i + 1}`, question)),
  );
  return [...ofQuizzes, ...parseQuestions(readLines('docs/questions.md'))].sort((a, b) =>
    a.id.localeCompare(b.id, 'en', { numeric: true }),
  );
}

/** Questions as docs/questions.md has them: like a quiz.md, but the number of each heading has its day in front, `## 1.6. Why?`. */
export function parseQuestions(text: string): Question[] {
  const ids = [...text.matchAll(/^## (\d\.\d+)\. /gm)].map(([, id]) => id);
  return parseQuiz(text.replace(/^## \d\.(\d+)\. /gm, '## $1. ')).map((question, i) => withId(ids[i], question));
}

const withId = (id: string, { title, text, options }: Omit<Question, 'id'>): Question => ({ id, title, text, options });
