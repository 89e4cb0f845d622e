import {
  epochIds,
  noHistory,
  type ChatOptions,
  type Deliver,
  type History,
  type Soon,
} from '#day3/given/internals/options.ts';
import { Rooms, Users } from '#day3/given/rooms.ts';
import type { ServerMessage } from '#day3/given/server-messages.ts';

/** What the methods of `Chat` work with. Each part can be replaced by an option: day 4 passes a history, day 5 its own `deliver`. */
export abstract class BaseChat {
  readonly rooms: Rooms;
  readonly users = new Users();
  readonly history: History;
  /** Sends a message to everyone in a room: by default with `broadcast`. Every message for a room goes this way. */
  readonly deliver: Deliver;
  /** the time in ms since 1970, which the messages carry; someone may set this clock back */
  readonly now: () => number;
  readonly newId: () => string;
  readonly joining: (room: string, join: () => void) => Soon<void>;

  constructor(options: ChatOptions = {}) {
    this.rooms = new Rooms(options.onRoom, options.elsewhere);
    this.history = options.history ?? noHistory;
    this.deliver = options.deliver ?? ((room, message, except) => this.broadcast(room, message, except));
    this.now = options.now ?? (() => Date.now());
    this.newId = options.newId ?? epochIds();
    this.joining = options.joining ?? ((_room, join) => join());
  }

  abstract broadcast(room: string, message: ServerMessage, except?: string): void;
}
