/** How often each network of a node watch is looked at: the more there are, the less often, but for those that change. Pure but for the clock. */
import type { BitcoinNetwork } from '../workflows/facts.ts';
import { BUSY_MS, isUnsettled, loadOf, stretchedIntervalMs, type LookLoad } from '../workflows/node-watch.ts';
import type { Implementation } from '../workflows/spec.ts';

interface Entry {
  load: number;
  isBusy: boolean;
}

export class LookPace {
  readonly #entries = new Map<string, Entry>();
  readonly #load: LookLoad = { busy: 0, calm: 0 };

  /**
   * Milliseconds between two looks at a network, from now on.
   *
   * @param key `<namespace>/<name>`
   * @param changedMs milliseconds since it was last seen to change; null: not yet
   */
  intervalMs(key: string, network: BitcoinNetwork, implementation: Implementation, changedMs: number | null): number {
    const { nodes, paused } = network.spec;
    const isBusy = isUnsettled(network) || (changedMs !== null && changedMs < BUSY_MS);
    this.forget(key);
    const entry = { load: paused === true ? 0 : loadOf(nodes, implementation), isBusy };
    this.#entries.set(key, entry);
    this.#add(entry, 1);
    return stretchedIntervalMs(nodes, isBusy, this.#load);
  }

  forget(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#add(entry, -1);
  }

  #add({ load, isBusy }: Entry, sign: 1 | -1): void {
    this.#load[isBusy ? 'busy' : 'calm'] += sign * load;
  }
}
