/** What every bus must keep, as checks: one suite for all of them. Each MUST of day5-scaling/given/bus.ts is one of these, or several. */
import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { vi } from 'vitest';
import { exercise, expect, onCleanUp, within } from '#kit';
import { BusError, type Bus } from '#day5/given/bus.ts';
import { until } from './nodes.ts';

/** A bus, and what can happen between it and its broker. */
export interface Peer {
  bus: Bus;
  /** The broker cannot be reached: connections end, and new ones are refused. It may hit the other peers of the check, too. */
  away(): void;
  back(): void;
  /** Nothing gets through, and no connection ends. Missing if that isn't possible. */
  freeze?(isFrozen: boolean): void;
  /** Cuts each connection of the bus in turn, one at a time. Missing if it has none. */
  cuts?: (() => void)[];
}

/** What a peer may be asked for. `quick`: it is to give up on a broker that does not answer after a fraction of a second. */
export type NewPeer = (options: { quick: boolean }) => Promise<Peer>;

/** What comes on one channel. */
async function hear(bus: Bus, channel: string) {
  const texts: string[] = [];
  let wake: () => void = () => {};
  const off = await within(
    bus.subscribe(channel, (text) => {
      texts.push(text);
      wake();
    }),
    `the acknowledgement of a subscription to ${channel}`,
    () => `The bus is ${bus.status}: ${bus.reason}`,
  );
  /** All that has come, once `last` has. */
  const upTo = async (last: string): Promise<string[]> => {
    while (!texts.includes(last))
      await within(
        new Promise<void>((resolve) => (wake = resolve)),
        `"${last}" on ${channel}`,
        () => `There came: ${texts.join(', ') || 'nothing'}.`,
      );
    return texts.filter((text) => text !== last);
  };
  return { texts, off, upTo };
}

/** What a promise has come to, when everything that can go on has gone on. */
async function stateOf(promise: Promise<unknown>) {
  let state: { is: 'pending' | 'resolved' | 'rejected'; error?: unknown } = { is: 'pending' };
  promise.then(
    () => (state = { is: 'resolved' }),
    (error: unknown) => (state = { is: 'rejected', error }),
  );
  for (let i = 0; i < 3; i++) await turn();
  return state;
}

/**
 * Registers the checks.
 *
 * @param name of the bus, with what it runs on
 * @param broker called at the start of each check: gives what makes peers that hear each other
 */
export function busContract(name: string, broker: () => Promise<NewPeer>): void {
  exercise(name, (check) => {
    const begin = async (quick = false) => {
      const newPeer = await broker();
      const id = randomUUID();
      const make = async (): Promise<Peer> => {
        const peer = await newPeer({ quick });
        onCleanUp(async () => {
          peer.freeze?.(false);
          await peer.bus.close();
        });
        return peer;
      };
      const connected = async (): Promise<Peer> => {
        const peer = await make();
        await within(
          peer.bus.connect(),
          'the end of connect()',
          () => `The bus is ${peer.bus.status}: ${peer.bus.reason}`,
        );
        await until(peer.bus, 'up', 'once it is connected');
        return peer;
      };
      return { make, connected, channel: (of: string) => `${id} ${of}` };
    };
    const isLate = (peer: Peer): boolean => peer.bus.catchesUp === true;

    check('down before connect(), with a reason; up afterwards, without one', async () => {
      const { make } = await begin();
      const { bus } = await make();
      expect([bus.status, typeof bus.reason]).toEqual(['down', 'string']);
      await within(bus.connect(), 'the end of connect()', () => String(bus.reason));
      await until(bus, 'up', 'once it is connected');
      expect([bus.status, bus.reason]).toEqual(['up', undefined]);
    });
    check('no broker at the start: connect() goes on trying, and resolves when the bus is up', async () => {
      const { make } = await begin();
      const peer = await make();
      peer.away();
      let isDone = false;
      const connecting = peer.bus.connect().then(() => (isDone = true));
      for (let i = 0; i < 20; i++) await turn();
      expect([isDone, peer.bus.status, typeof peer.bus.reason]).toEqual([false, 'down', 'string']);
      peer.back();
      await within(connecting, 'the end of connect()', () => String(peer.bus.reason));
      await until(peer.bus, 'up', 'once it is connected');
    });
    check('a text reaches everyone who is subscribed, its sender too, once, in order', async () => {
      const { connected, channel } = await begin();
      const [a, b] = [await connected(), await connected()];
      const [atA, atB] = [await hear(a.bus, channel('room')), await hear(b.bus, channel('room'))];
      const all = Array.from({ length: 50 }, (_, i) => `text ${i}`);
      await Promise.all([...all, 'end'].map((text) => a.bus.publish(channel('room'), text)));
      expect(await atA.upTo('end')).toEqual(all);
      expect(await atB.upTo('end')).toEqual(all);
    });
    check('the text arrives as it was: long, empty, in any script, with line breaks', async () => {
      const { connected, channel } = await begin();
      const { bus } = await connected();
      const at = await hear(bus, channel('room'));
      const all = [
        '',
        ' ',
        'two words  and more ',
        'a\r\nb\0c',
        'καλημέρα 👋',
        '\uFEFFwith a byte order mark',
        'x'.repeat(100_000),
      ];
      for (const text of [...all, 'end']) await bus.publish(channel('room'), text);
      expect(await at.upTo('end')).toEqual(all);
    });
    check('a text of 2 MB arrives, or is rejected; the next one arrives', async () => {
      const { connected, channel } = await begin();
      const { bus } = await connected();
      const at = await hear(bus, channel('room'));
      const large = 'x'.repeat(2_000_000);
      const isSent = await bus.publish(channel('room'), large).then(
        () => true,
        () => false,
      );
      expect(bus.status).toBe('up');
      await bus.publish(channel('room'), 'end');
      expect((await at.upTo('end')).map((text) => text.length)).toEqual(isSent ? [large.length] : []);
    });
    check('5. subscribed when subscribe() resolves: what is published from then on is heard', async () => {
      const { connected, channel } = await begin();
      const [a, b] = [await connected(), await connected()];
      for (let i = 0; i < 20; i++) {
        const at = await hear(b.bus, channel(`room ${i}`));
        await a.bus.publish(channel(`room ${i}`), 'end');
        expect(await at.upTo('end')).toEqual([]);
      }
    });
    check('27. a channel is an exact name: `*`, with spaces, in UTF-8', async () => {
      const { connected, channel } = await begin();
      const [a, b] = [await connected(), await connected()];
      const names = [
        '*',
        '?',
        '[a-z]',
        'a',
        'A',
        'a b',
        ' ',
        'αίθουσα',
        '部屋',
        'é',
        'e\u0301',
        '\\*',
        'a:b',
        'a.b',
        'a.*',
        'a.>',
        '>',
        '__proto__',
        'a\nb',
        '%41',
        '{',
        '}',
        '{}',
        '{}{a}',
        '{a}',
        '{a}b',
        'a}b{c',
        '%7Ba%7D',
        'x'.repeat(5000),
        `${'x'.repeat(5000)}y`,
      ];
      const heard = await Promise.all(names.map((one) => hear(b.bus, channel(one))));
      for (const one of names) await a.bus.publish(channel(one), `to ${one}`);
      for (const one of names) await a.bus.publish(channel(one), 'end');
      for (const [i, one] of names.entries()) expect(await heard[i].upTo('end')).toEqual([`to ${one}`]);
    });
    check('6. two handlers, one off: the other is fed; off twice is off once', async () => {
      const { connected, channel } = await begin();
      const { bus } = await connected();
      const [first, second] = [await hear(bus, channel('room')), await hear(bus, channel('room'))];
      await bus.publish(channel('room'), 'to both');
      await bus.publish(channel('room'), 'end of both');
      await first.upTo('end of both');
      await first.off();
      await within(first.off(), 'the end of a second off()', () => 'It is pending.');
      await bus.publish(channel('room'), 'to one');
      await bus.publish(channel('room'), 'end');
      expect(await second.upTo('end')).toEqual(['to both', 'end of both', 'to one']);
      expect(first.texts).toEqual(['to both', 'end of both']);
    });
    check('one handler that subscribes twice is two', async () => {
      const { connected, channel } = await begin();
      const { bus } = await connected();
      let count = 0;
      const handler = (): void => void count++;
      const offs = [await bus.subscribe(channel('room'), handler), await bus.subscribe(channel('room'), handler)];
      const at = await hear(bus, channel('room'));
      await bus.publish(channel('room'), 'one');
      await at.upTo('one');
      expect(count).toBe(2);
      await offs[0]();
      await bus.publish(channel('room'), 'two');
      await at.upTo('two');
      expect(count).toBe(3);
    });
    check('nobody is left: nothing is heard any more, and the channel can be subscribed again', async () => {
      const { connected, channel } = await begin();
      const { bus } = await connected();
      const before = await hear(bus, channel('room'));
      await before.off();
      await bus.publish(channel('room'), 'to nobody');
      const after = await hear(bus, channel('room'));
      await bus.publish(channel('room'), 'end');
      expect(await after.upTo('end')).toEqual([]);
      expect(before.texts).toEqual([]);
    });
    check('4. the last one off, and at once on again: subscribed', async () => {
      const { connected, channel } = await begin();
      const { bus } = await connected();
      for (let i = 0; i < 20; i++) {
        const before = await hear(bus, channel('room'));
        const leaving = before.off();
        const after = await hear(bus, channel('room'));
        await leaving;
        await bus.publish(channel('room'), `end ${i}`);
        expect(await after.upTo(`end ${i}`)).toEqual([]);
        await after.off();
      }
    });
    check('3. on, off and on in the same turn, many at once: fed once each', async () => {
      const { connected, channel } = await begin();
      const { bus } = await connected();
      const heard = Array.from({ length: 10 }, () => hear(bus, channel('room')));
      const gone = hear(bus, channel('room')).then(({ off }) => off());
      const all = await Promise.all(heard);
      await gone;
      await bus.publish(channel('room'), 'Hi');
      await bus.publish(channel('room'), 'end');
      for (const { upTo } of all) expect(await upTo('end')).toEqual(['Hi']);
    });
    check('15. if a handler throws, other handlers and later texts are not affected', async () => {
      const told = vi.spyOn(console, 'error').mockImplementation(() => {});
      onCleanUp(() => told.mockRestore());
      const { connected, channel } = await begin();
      const { bus } = await connected();
      await bus.subscribe(channel('room'), () => {
        throw new Error('mine');
      });
      const at = await hear(bus, channel('room'));
      await Promise.all(['1', '2', '3', 'end'].map((text) => bus.publish(channel('room'), text))); // in one piece
      expect(await at.upTo('end')).toEqual(['1', '2', '3']);
      expect(told, 'what it threw is told, once for each text').toHaveBeenCalledTimes(4);
    });
    check('15. a handler that goes, or calls another into being, while it is called', async () => {
      const { connected, channel } = await begin();
      const { bus } = await connected();
      let calls = 0;
      const off = await bus.subscribe(channel('room'), () => {
        calls++;
        void off();
        void bus.subscribe(channel('room'), () => {});
      });
      const at = await hear(bus, channel('room'));
      for (const text of ['1', '2', 'end']) await bus.publish(channel('room'), text);
      expect(await at.upTo('end')).toEqual(['1', '2']);
      expect(calls).toBe(1);
    });

    check('8. down: publish() rejects at once; a bus that catches up keeps it', async () => {
      const { connected, channel } = await begin();
      const peer = await connected();
      peer.away();
      await until(peer.bus, 'down', 'with its broker away');
      const publishing = peer.bus.publish(channel('room'), 'Hi');
      const { is, error } = await stateOf(publishing);
      expect(is).toBe(isLate(peer) ? 'pending' : 'rejected');
      if (!isLate(peer)) expect(error).toBeInstanceOf(BusError);
      peer.back();
      if (isLate(peer))
        await within(publishing, 'the end of publish(), with the broker back', () => String(peer.bus.reason));
    });
    check(
      '9. published in an outage: nobody hears it later; a bus that catches up brings it, once, in order',
      async () => {
        const { connected, channel } = await begin();
        const [a, b] = [await connected(), await connected()];
        const [atA, atB] = [await hear(a.bus, channel('room')), await hear(b.bus, channel('room'))];
        await a.bus.publish(channel('room'), 'before');
        a.away();
        await until(a.bus, 'down', 'with its broker away');
        const during = ['1', '2', '3'].map((text) => a.bus.publish(channel('room'), text).catch(() => {}));
        const typing = a.bus.publish(channel('room'), 'typing', { volatile: true }).catch(() => {});
        a.back();
        await until(a.bus, 'up', 'with its broker back');
        await until(b.bus, 'up', 'with its broker back');
        await a.bus.publish(channel('room'), 'end');
        await Promise.all([...during, typing]);
        const all = isLate(a) ? ['before', '1', '2', '3'] : ['before'];
        expect(await atA.upTo('end')).toEqual(all);
        expect(await atB.upTo('end')).toEqual(all);
      },
    );
    check('after an outage it is subscribed again, by itself, and says down, then up', async () => {
      const { connected, channel } = await begin();
      const [a, b] = [await connected(), await connected()];
      const at = await hear(b.bus, channel('room'));
      const changes: string[] = [];
      b.bus.onStatus((status) => changes.push(status));
      const off = b.bus.onStatus((status) => changes.push(`not ${status}`));
      off();
      b.away();
      await until(b.bus, 'down', 'with its broker away');
      expect(typeof b.bus.reason).toBe('string');
      b.back();
      await until(b.bus, 'up', 'with its broker back');
      await until(a.bus, 'up', 'with its broker back');
      expect(b.bus.reason).toBeUndefined();
      await a.bus.publish(channel('room'), 'end');
      expect(await at.upTo('end')).toEqual([]);
      expect(changes).toEqual(['down', 'up']);
    });
    check('what was missed in an outage is lost; a bus that catches up brings it', async () => {
      const { connected, channel } = await begin();
      const [a, b] = [await connected(), await connected()];
      const at = await hear(b.bus, channel('room'));
      await a.bus.publish(channel('room'), 'before');
      await at.upTo('before');
      b.away();
      await until(b.bus, 'down', 'with its broker away');
      for (const text of ['1', '2']) await a.bus.publish(channel('room'), text).catch(() => {}); // it may be down as well
      b.back();
      await until(b.bus, 'up', 'with its broker back');
      await until(a.bus, 'up', 'with its broker back');
      await a.bus.publish(channel('room'), 'end');
      expect(await at.upTo('end')).toEqual(isLate(b) ? ['before', '1', '2'] : ['before']);
    });
    check('subscribed and unsubscribed in an outage: as it was left, once the broker is back', async () => {
      const { connected, channel } = await begin();
      const [a, b] = [await connected(), await connected()];
      const old = await hear(b.bus, channel('old'));
      b.away();
      await until(b.bus, 'down', 'with its broker away');
      const [coming, leaving] = [hear(b.bus, channel('new')), old.off()];
      const both = hear(b.bus, channel('both')).then(async (one) => (await one.off(), hear(b.bus, channel('both'))));
      b.back();
      const [fresh, again] = [await coming, await both];
      await leaving;
      await until(a.bus, 'up', 'with its broker back');
      for (const one of ['old', 'new', 'both']) await a.bus.publish(channel(one), 'end');
      expect(await fresh.upTo('end')).toEqual([]);
      expect(await again.upTo('end')).toEqual([]);
      expect(old.texts).toEqual([]);
    });
    check('8. 22. the broker is frozen: publish() comes to an end, and the bus is down until it is back', async () => {
      const { connected, channel } = await begin(true);
      const [a, b] = [await connected(), await connected()];
      if (!a.freeze) return;
      const [atA, atB] = [await hear(a.bus, channel('room')), await hear(b.bus, channel('room'))];
      a.freeze(true);
      const publishing = a.bus.publish(channel('room'), 'on the edge');
      publishing.catch(() => {});
      await until(a.bus, 'down', 'with a broker that does not answer');
      if (!isLate(a))
        await expect(
          within(publishing, 'the end of publish(), with a frozen broker', () => 'It is pending.'),
        ).rejects.toThrow(BusError);
      const { is } = await stateOf(
        a.bus.publish(channel('room'), 'while down').catch((error) => Promise.reject(error)),
      );
      expect(is).toBe(isLate(a) ? 'pending' : 'rejected');
      a.freeze(false);
      await until(a.bus, 'up', 'with a broker that answers again');
      const goOn = async (): Promise<void> => {
        // A machine with something else to do may be late again: then the bus is down again, and rightly.
        while (
          await a.bus.publish(channel('room'), 'end').then(
            () => false,
            () => true,
          )
        )
          await until(a.bus, 'up', 'with a broker that answers');
      };
      await goOn();
      // Whether what was on its way has arrived nobody can say, unless the bus catches up; never twice, and nothing from while it was down.
      for (const heard of [await atA.upTo('end'), await atB.upTo('end')]) {
        if (isLate(a)) expect(heard).toEqual(['on the edge', 'while down']);
        else expect([[], ['on the edge']]).toContainEqual(heard);
      }
    });
    check('frozen and back, with nothing published: it hears again', async () => {
      const { connected, channel } = await begin(true);
      const [a, b] = [await connected(), await connected()];
      if (!b.freeze) return;
      const at = await hear(b.bus, channel('room'));
      b.freeze(true);
      await until(b.bus, 'down', 'with a broker that does not answer');
      b.freeze(false);
      await until(b.bus, 'up', 'with a broker that answers again');
      while (
        await a.bus.publish(channel('room'), 'end').then(
          () => false,
          () => true,
        )
      )
        await until(a.bus, 'up', 'with a broker that answers');
      expect(await at.upTo('end')).toEqual([]);
    });
    check('23. one of its connections is cut: down, up again, and subscribed', async () => {
      const { connected, channel } = await begin();
      const [a, b] = [await connected(), await connected()];
      const at = await hear(b.bus, channel('room'));
      for (const [i, cut] of (b.cuts ?? []).entries()) {
        const down = until(b.bus, 'down', `with connection ${i + 1} cut`);
        cut();
        await down;
        await until(b.bus, 'up', `after connection ${i + 1} was cut`);
        await a.bus.publish(channel('room'), `end ${i}`);
        await at.upTo(`end ${i}`);
        await b.bus.publish(channel('room'), `own end ${i}`);
        await at.upTo(`own end ${i}`);
      }
      expect(at.texts).toEqual((b.cuts ?? []).flatMap((_, i) => [`end ${i}`, `own end ${i}`]));
    });

    check('26. closed twice, and both at once: resolves; down, with a reason', async () => {
      const { connected } = await begin();
      const { bus } = await connected();
      const closing = Promise.all([bus.close(), bus.close()]);
      await within(closing, 'the end of two close()', () => 'They are pending.');
      await within(bus.close(), 'the end of a third close()', () => 'It is pending.');
      expect([bus.status, typeof bus.reason]).toEqual(['down', 'string']);
    });
    check('26. closed before connect(), while connecting, while down', async () => {
      const { make, connected } = await begin();
      const never = await make();
      await within(never.bus.close(), 'the end of close() without a connect() before', () => 'It is pending.');
      const trying = await make();
      trying.away();
      trying.bus.connect().catch(() => {});
      await turn();
      await within(trying.bus.close(), 'the end of close(), while connecting', () => 'It is pending.');
      trying.back();
      const lost = await connected();
      lost.away();
      await until(lost.bus, 'down', 'with its broker away');
      await within(lost.bus.close(), 'the end of close(), while down', () => 'It is pending.');
    });
    check('closed while the broker is frozen: within a bounded time', async () => {
      const { connected, channel } = await begin(true);
      const { bus, freeze } = await connected();
      await bus.subscribe(channel('room'), () => {});
      freeze?.(true);
      bus.publish(channel('room'), 'on the edge').catch(() => {});
      await within(bus.close(), 'the end of close(), with a frozen broker', () => 'It is pending.');
    });
    check('what was published before close() still goes out', async () => {
      const { connected, channel } = await begin();
      const [a, b] = [await connected(), await connected()];
      const at = await hear(b.bus, channel('room'));
      const all = Array.from({ length: 20 }, (_, i) => `text ${i}`);
      const publishing = all.map((text) => a.bus.publish(channel('room'), text));
      const last = a.bus.publish(channel('room'), 'end');
      await a.bus.close();
      await Promise.all([...publishing, last]);
      expect(await at.upTo('end')).toEqual(all);
    });
    check('once closed: publish() rejects, nothing is heard, and nobody has to wait', async () => {
      const { connected, channel } = await begin();
      const [a, b] = [await connected(), await connected()];
      const at = await hear(b.bus, channel('room'));
      const other = await hear(a.bus, channel('room'));
      await b.bus.close();
      const { is, error } = await stateOf(b.bus.publish(channel('room'), 'too late'));
      expect([is, error instanceof BusError]).toEqual(['rejected', true]);
      await a.bus.publish(channel('room'), 'end');
      expect(await other.upTo('end')).toEqual([]);
      expect(at.texts).toEqual([]);
      await within(at.off(), 'the end of off() on a closed bus', () => 'It is pending.');
    });
  });
}
