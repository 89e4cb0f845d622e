import { WebSocketServer, type WebSocket } from 'ws';
import { onTodo, Todo } from '#tools/todo.ts';
import { BatchedWriter } from '../../../day5-scaling/bonus/batched-writer.ts';
import type { Running } from '../contenders.ts';
import { startNode } from '../running-chat.ts';

/** Day 5's node with the learner's own batched writer. @throws Todo if bonus 5.d isn't written yet */
export function start(): Promise<Running> {
  onTodo((exercise, subject) => {
    throw new Todo(exercise, subject);
  });
  try {
    new BatchedWriter(new WebSocketServer({ noServer: true })).write({} as WebSocket, '');
  } catch (error) {
    if (error instanceof Todo) throw error; // everything else is the fault of that empty socket
  }
  return startNode({ writer: (wss) => new BatchedWriter(wss) });
}
