import type { NodeState } from './nodes.ts';

/** What the page is told four times a second, over a WebSocket of its own at `/state`. It answers with an action, such as `kill 1`. */
export interface State {
  nodes: NodeView[];
  redis: { state: 'up' | 'frozen' | 'down'; name: string; canFreeze: boolean };
  stream: boolean;
  balancer: { port: number; connections: number };
  bots: BotView[];
  /** the last thing that happened */
  note: string;
}

export interface NodeView {
  name: string;
  state: NodeState;
  /** its own port, around the balancer */
  port: number | undefined;
  sockets: number;
  rooms: number;
  people: string[];
  dropped: number;
  /** chat messages a second over Redis, out and in; those here hear each other without it */
  perSecond: number;
  /** chat messages since its start: out on the bus, in from other nodes */
  sent: number;
  heard: number;
}

export interface BotView {
  name: string;
  room: string;
  isConnected: boolean;
  said: number;
  /** what was said in its room, by itself too: that is `heard`, `unheard` and `lost` */
  toHear: number;
  heard: number;
  /** still on its way, or lost where nothing later has come to show it */
  unheard: number;
  /** numbers of others that are missing before later ones; of these, how many a `gap` has announced */
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
