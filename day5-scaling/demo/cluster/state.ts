import type { NodeState } from './nodes.ts';

/** What the page gets four times per second, over a WebSocket at `/state`. It answers with actions, such as `kill 1`. */
export interface State {
  nodes: NodeView[];
  redis: { state: 'up' | 'frozen' | 'down'; name: string; canFreeze: boolean };
  stream: boolean;
  /** address: the class opens the chat there, if other machines can reach it */
  balancer: { port: number; connections: number; address?: string };
  bots: BotView[];
  /** the last thing that happened */
  note: string;
}

export interface NodeView {
  name: string;
  state: NodeState;
  /** its own port, which the balancer connects to */
  port: number | undefined;
  sockets: number;
  /** rooms that it is subscribed to */
  subscriptions: number;
  people: string[];
  dropped: number;
  /** chat messages per second over Redis, out and in. People on the same node hear each other without Redis */
  perSecond: number;
  /** chat messages since its start: published, and received from other nodes */
  sent: number;
  heard: number;
}

export interface BotView {
  name: string;
  room: string;
  isConnected: boolean;
  said: number;
  /** how much was said in its room, also by itself. It is the sum of `heard`, `unheard` and `lost` */
  toHear: number;
  heard: number;
  /** still on its way, or lost and not noticed yet, because nothing later has come */
  unheard: number;
  /** numbers that are missing before later ones; `told` is how many of them a `gap` has announced */
  lost: number;
  told: number;
  twice: number;
}

/** All bots together. */
export function total(bots: BotView[]): Omit<BotView, 'name' | 'room' | 'isConnected'> & { connected: number } {
  const sum = (of: (bot: BotView) => number): number => bots.reduce((all, bot) => all + of(bot), 0);
  return {
    said: sum(({ said }) => said),
    toHear: sum(({ toHear }) => toHear),
    heard: sum(({ heard }) => heard),
    unheard: sum(({ unheard }) => unheard),
    lost: sum(({ lost }) => lost),
    told: sum(({ told }) => told),
    twice: sum(({ twice }) => twice),
    connected: sum(({ isConnected }) => Number(isConnected)),
  };
}
