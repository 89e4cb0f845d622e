/** The four transports of the race; each is also the path that its requests ask for. */
export const TRANSPORTS = ['polling', 'long-polling', 'server-sent-events', 'websocket'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** Their names in the table and on the page. */
export const NAMES: Record<Transport, string> = {
  polling: 'Polling',
  'long-polling': 'Long polling',
  'server-sent-events': 'Server-Sent Events',
  websocket: 'WebSocket',
};

/** An event, as a client gets it. */
export interface Arrival {
  id: number;
  /** when it was created, in ms on the source's clock */
  at: number;
}

/** One client's place in the race: which server it asks, and what it does with each event. */
export interface Lane {
  /** such as `http://localhost:8080` */
  origin: string;
  /** the client wants every event after the one with this id; 0 means all of them */
  after: number;
  arrived(event: Arrival): void;
  /** called at most once, when the connection fails; not after `signal` has ended it */
  failed(reason: unknown): void;
  /** ends the client */
  signal: AbortSignal;
}

/** What the clients need: a browser has it, for Node it is in node.ts. */
export interface Platform {
  fetch: (url: string, init: { signal: AbortSignal }) => Promise<{ json(): Promise<unknown> }>;
  EventSource: new (url: string) => Stream;
  WebSocket: new (url: string) => Stream & { onclose: ((event: any) => void) | null };
}

/** The parts of an EventSource or a WebSocket that the race needs. */
export interface Stream {
  onmessage: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  close(): void;
}

/** Starts one client for each transport; polling asks again `interval` milliseconds after each answer. */
export function startClients(lane: (name: Transport) => Lane, platform: Platform, interval: number): void {
  ask(lane('polling'), platform, 'polling', interval);
  ask(lane('long-polling'), platform, 'long-polling', 0);
  eventSource(lane('server-sent-events'), platform);
  webSocket(lane('websocket'), platform);
}

/** Polling and long polling differ only on the server: one answers at once, the other when there is an event. */
async function ask(lane: Lane, { fetch }: Platform, path: Transport, interval: number): Promise<void> {
  const { signal } = lane;
  let { after } = lane;
  try {
    while (!signal.aborted) {
      const response = await fetch(`${lane.origin}/${path}?after=${after}`, { signal });
      for (const event of (await response.json()) as Arrival[]) {
        after = event.id; // so nothing is lost between two requests: the next one says where to go on
        lane.arrived(event);
      }
      if (interval > 0) await pause(interval, signal);
    }
  } catch (error) {
    if (!signal.aborted) lane.failed(error);
  }
}

function eventSource(lane: Lane, { EventSource }: Platform): void {
  const events = new EventSource(`${lane.origin}/server-sent-events?after=${lane.after}`);
  events.onmessage = ({ data }) => lane.arrived(JSON.parse(data));
  // An EventSource would reconnect by itself, and send the last id that it saw. In a race, that would hide a fault.
  events.onerror = (error) => {
    events.close();
    if (!lane.signal.aborted) lane.failed(error);
  };
  lane.signal.addEventListener('abort', () => events.close());
}

function webSocket(lane: Lane, { WebSocket }: Platform): void {
  const socket = new WebSocket(`${lane.origin.replace(/^http/, 'ws')}/websocket?after=${lane.after}`);
  socket.onmessage = ({ data }) => lane.arrived(JSON.parse(data));
  socket.onerror = () => {}; // 'close' follows; without a listener for errors, ws would end the process
  socket.onclose = (event) => {
    if (!lane.signal.aborted) lane.failed(event);
  };
  lane.signal.addEventListener('abort', () => socket.close());
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}
