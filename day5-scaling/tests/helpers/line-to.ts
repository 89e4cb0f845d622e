/** A line to a broker, on which a test can cut, freeze and refuse connections. */
import { createServer, connect, type Socket } from 'node:net';
import { once, EventEmitter } from 'node:events';
import { onCleanUp, serveTcp, within } from '#kit';

export async function lineTo(address: string) {
  const { hostname, port } = new URL(address);
  const pairs = new Set<[Socket, Socket]>();
  const events = new EventEmitter();
  const state = { accepted: 0, refused: 0, isRefusing: false, most: Infinity, isFrozen: false, frozen: -1 };
  const server = createServer((near) => {
    near.on('error', () => {});
    if (state.isRefusing || state.accepted >= state.most) {
      state.refused++;
      near.destroy();
      return void events.emit('change');
    }
    const isFrozen = state.isFrozen || state.accepted === state.frozen;
    state.accepted++;
    const far = connect(Number(port), hostname);
    const pair: [Socket, Socket] = [near, far];
    pairs.add(pair);
    for (const [from, to] of [pair, [far, near] as const]) {
      from.on('error', () => {});
      from.on('data', (data) => to.write(data));
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
      if (isFrozen) from.pause();
    }
    events.emit('change');
  });
  onCleanUp(() => pairs.forEach(([near, far]) => (near.destroy(), far.destroy())));
  const local = await serveTcp(server);
  const url = new URL(address);
  url.host = `127.0.0.1:${local}`;
  return {
    url: String(url),
    /** `most`: connections after that many are refused. `frozen`: the connection with this number (0, 1, …) is frozen from the start */
    state,
    /** Cuts connections. @param which the number of one connection (0, 1, …); all of them by default */
    cut(which?: number): void {
      for (const [near] of which === undefined ? [...pairs] : [[...pairs][which]]) near.destroy();
    },
    /** From now on nothing gets through, and nobody is told. @param which the number of one connection (0, 1, …); all, and new ones, by default */
    freeze(isFrozen = true, which?: number): void {
      if (which === undefined) state.isFrozen = isFrozen;
      for (const pair of which === undefined ? pairs : [[...pairs][which]])
        for (const socket of pair) socket[isFrozen ? 'pause' : 'resume']();
    },
    /** Waits until a condition holds. @param what it is, in words */
    async until(holds: () => boolean, what: string): Promise<void> {
      while (!holds())
        await within(
          once(events, 'change'),
          what,
          () => `There were ${state.accepted} connections, and ${state.refused} that were refused.`,
        );
    },
  };
}
