/**
 * Two people talk over a network that is cut and stalled at random, hundreds of times, on a fake clock. Each message arrives exactly
 * once, in the same order for both. There are never two live sockets, and nothing is left at the end. `SEED=7` repeats a run.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { EventEmitter } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { handleConnection } from '#day3/given/internals/connection-handler.ts';
import { BoundedHistory } from '#day4/given/history.ts';
import type { Socket } from '#day4/given/types.ts';
import { Chat, partsFor } from '#solutions/day3-chat/app.ts';
import { backoffDelay } from '#solutions/day4-reconnect/backoff.ts';
import { Outbox } from '#solutions/day4-reconnect/bonus/outbox.ts';
import { ReconnectingClient } from '#solutions/day4-reconnect/reconnecting-client.ts';
import { seeded } from '../../../day4-reconnect/demo/herd/random.ts';

const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
const FAULTS = 300;

/** The server's end: as much of ws's socket as the chat uses. */
class ServerEnd extends EventEmitter {
  readonly OPEN = 1; // as on a socket of ws
  readyState = 1;
  readonly bufferedAmount = 0;
  deliver: (text: string) => void = () => {};
  send(text: string): void {
    if (this.readyState === 1) this.deliver(text);
  }
  end(): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.emit('close');
  }
  close(): void {
    this.end();
  }
  terminate(): void {
    this.end();
  }
}

test(
  `two people, ${FAULTS} cuts and stalls, everything exactly once and in order (SEED=${SEED})`,
  { timeout: 60_000 },
  async () => {
    console.log(`day 4, soak: SEED=${SEED} repeats this run.`);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const random = seeded(SEED);
    const chat = new Chat({ history: new BoundedHistory(10_000) });
    const parts = { ...partsFor(chat), rateLimit: undefined };
    let most = 0;

    /** One person, with a client whose sockets run through a wire that can fail. */
    function person(name: string) {
      const live = new Set<Wire>();
      class Wire implements Socket {
        readyState = 0;
        stalled = false;
        readonly #listeners: [string, (event: object) => void][] = [];
        readonly #server = new ServerEnd();
        constructor() {
          live.add(this);
          most = Math.max(most, live.size);
          this.#server.deliver = (text) =>
            this.#travel(() => this.readyState === 1 && this.#fire('message', { data: text }));
          this.#travel(() => {
            if (this.readyState !== 0) return;
            this.readyState = 1;
            handleConnection(chat, this.#server as never, { userId: name, name }, parts);
            this.#fire('open', {});
          });
        }
        addEventListener(type: string, listener: (event: any) => void): void {
          this.#listeners.push([type, listener]);
        }
        send(text: string): void {
          this.#travel(() => this.#server.readyState === 1 && this.#server.emit('message', Buffer.from(text), false));
        }
        close(): void {
          this.terminate();
        }
        /** The client ends the connection. What it has sent may still be on the way, and arrive after the next connection's join. */
        terminate(): void {
          this.readyState = 3;
          live.delete(this);
          if (random() < 0.5) return this.#server.end();
          setTimeout(() => this.#server.end(), random() * 5000);
        }
        /** The network ends the connection; what was on the way is lost. */
        cut(): void {
          if (this.readyState === 3) return;
          this.stalled = true;
          this.terminate();
          this.#fire('close', { code: 1006 });
        }
        /** Delivers in order, as TCP does, each a few ms later. Nothing arrives while the wire stalls. */
        #due = 0;
        readonly #onTheWay: (() => unknown)[] = [];
        #travel(act: () => unknown): void {
          this.#due = Math.max(this.#due, performance.now() + random() * 40);
          this.#onTheWay.push(act);
          setTimeout(() => {
            const first = this.#onTheWay.shift(); // not `act`: the clock rounds, which could swap two of them
            if (!this.stalled) first?.();
          }, this.#due - performance.now());
        }
        #fire(type: string, event: object): void {
          for (const [wanted, listener] of this.#listeners) if (wanted === type) listener(event);
        }
      }
      const heard: string[] = [];
      const outbox = new Outbox(10_000);
      const client = new ReconnectingClient({
        url: () => ({ url: 'ws://soak' }),
        room: 'soak',
        WebSocket: Wire,
        outbox,
        delay: (attempt) => backoffDelay(attempt, { random }),
        connectTimeoutMs: 5000,
        idleTimeoutMs: 10_000,
      });
      client.on('message', (message) => {
        if (message.type === 'chat') heard.push(message.text);
        if (message.type === 'gap') heard.push('gap');
      });
      return { name, client, heard, outbox, live, said: [] as string[] };
    }

    const people = [person('Ann'), person('Bob')];
    const pass = async (ms: number): Promise<void> => {
      for (let left = ms; left > 0; left -= 50) {
        vi.advanceTimersByTime(Math.min(50, left));
        await turn();
      }
    };
    const say = ({ name, client, said }: (typeof people)[number]): void => {
      const text = `${name} ${said.length + 1}`;
      expect(client.send(text)).not.toBe('dropped');
      said.push(text);
    };
    for (const { client } of people) client.start();
    await pass(500);

    const faults = { cut: 0, stall: 0 };
    while (faults.cut + faults.stall < FAULTS) {
      const who = people[Math.floor(random() * 2)];
      for (let i = Math.floor(random() * 4); i > 0; i--) say(people[Math.floor(random() * 2)]);
      await pass(random() * 400);
      const [wire] = who.live;
      if (!wire) continue;
      const kind = random() < 0.5 ? 'cut' : 'stall';
      faults[kind]++;
      if (kind === 'cut') wire.cut();
      else wire.stalled = true;
      await pass(random() * (kind === 'cut' ? 3000 : 15_000)); // about half of the stalls last until the silence is noticed
    }
    for (const { live } of people) for (const wire of live) wire.stalled = true; // and at the end a stall that only the silence watch can notice
    for (
      let i = 0;
      i < 200 &&
      people.some(
        ({ outbox, heard }) =>
          outbox.waiting.length > 0 || heard.length < people[0].said.length + people[1].said.length,
      );
      i++
    )
      await pass(1000);

    const [ann, bob] = people;
    expect(bob.heard).toEqual(ann.heard);
    for (const { name, said } of people) expect(ann.heard.filter((text) => text.startsWith(name))).toEqual(said);
    expect(ann.heard.length).toBe(ann.said.length + bob.said.length);
    expect(most, 'live sockets of one person at a time').toBe(1);
    console.log(`day 4, soak: ${faults.cut} cuts, ${faults.stall} stalls, ${ann.heard.length} messages.`);

    for (const { client } of people) client.close();
    await pass(6000);
    expect(
      people.map(({ live }) => live.size),
      'sockets left',
    ).toEqual([0, 0]);
    expect(vi.getTimerCount(), 'timers left').toBe(0);
    expect(chat.rooms.size, 'rooms left').toBe(0);
  },
);
