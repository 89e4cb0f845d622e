/** A board for tests: in this process, on a port of 127.0.0.1. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { listening } from '#tools/serve/ports.ts';
import { Classroom, type Exercises } from '#tools/serve/class/classroom.ts';
import type { Question } from '#tools/serve/class/questions.ts';
import { createBoard, type BoardServer } from '#tools/serve/class/server.ts';
import { Store } from '#tools/serve/class/store.ts';

export const EXERCISES: Exercises = { 1: ['1.1', '1.2', '1.3'], 2: ['2.1', '2.2'] };
export const QUESTIONS: Question[] = [
  {
    id: '1.6',
    title: 'Which one is the slowest?',
    text: '',
    options: [
      { text: 'polling', isRight: true, why: 'It waits for half of its interval.' },
      { text: 'a WebSocket', isRight: false, why: 'It sends at once.' },
    ],
  },
];

export interface TestBoard extends BoardServer {
  /** such as `127.0.0.1:40123` */
  address: string;
  port: number;
  classroom: Classroom;
  /** a token for a new user */
  token: (name: string) => Promise<string>;
}

/** A folder that is gone when the test is over. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'class-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** @param path of the board's file; by default it keeps nothing */
export async function startBoard({ path }: { path?: string } = {}): Promise<TestBoard> {
  const store = new Store(path);
  const classroom = new Classroom(store.state, EXERCISES, QUESTIONS);
  const facts = {
    voteUrl: 'http://192.168.1.5:8090/vote',
    join: 'npm run class join 192.168.1.5',
    others: [],
    qr: '<svg xmlns="http://www.w3.org/2000/svg"/>',
    days: [{ number: 1, title: 'The protocol', exercises: EXERCISES['1'].map((id) => ({ id, name: id })) }],
    questions: QUESTIONS.map(({ id, title }) => ({ id, title })),
  };
  const board = createBoard(classroom, store, { facts: () => facts });
  const real = await listening(board.server);
  onTestFinished(() => board.stop());
  const address = `127.0.0.1:${real}`;
  const token = async (name: string): Promise<string> => {
    const answer = await fetch(`http://${address}/token`, { method: 'POST', body: JSON.stringify({ name }) });
    return ((await answer.json()) as { token: string }).token;
  };
  return { ...board, address, port: real, classroom, token };
}
