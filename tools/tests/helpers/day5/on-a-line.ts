import type { Bus } from '#day5/given/bus.ts';
import { lineTo } from '../../../../day5-scaling/tests/helpers/line-to.ts';
import type { NewPeer } from './bus-contract.ts';

/** Buses for the contract, each on a line of its own to one broker. @param make makes a bus; it gets the line's address as `url` */
export const onALine =
  <Options extends { url: string; timeoutMs?: number; pingMs?: number }>(
    url: string,
    make: (options: Options) => Bus,
  ): NewPeer =>
  async ({ quick }) => {
    const line = await lineTo(url);
    const bus = make({ url: line.url, ...(quick && { timeoutMs: 150, pingMs: 30 }) } as Options);
    return {
      bus,
      away() {
        line.state.isRefusing = true;
        line.cut();
      },
      back: () => void (line.state.isRefusing = false),
      freeze: (isFrozen) => line.freeze(isFrozen),
      // Of two connections, as a bus on Redis has them, the one that was cut comes back as the newest: so twice the first is each once.
      cuts: [() => line.cut(0), () => line.cut(0)],
    };
  };
