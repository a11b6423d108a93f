/** What the API server shows of StatefulSets, and when it showed it. */
import { follow } from '../../../activities/kubernetes/follow.ts';
import { type LiveStatefulSet, STATEFUL_SETS } from '../../../activities/kubernetes/objects.ts';
import { NAMESPACE } from '../peering/networks.ts';
import { type Fleet, WITHIN_MS } from './fleet.ts';

/** An annotation that makes one version of a StatefulSet known from another. */
export const MARK = 'btcnet.bench/mark';

interface SeenSet {
  replicas: number;
  mark: string | undefined;
}

export class SetSight {
  readonly #seen = new Map<string, SeenSet & { atMs: number }>();
  readonly #end = new AbortController();
  readonly #fleet: Fleet;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    void follow(fleet.api, {
      kind: STATEFUL_SETS,
      namespace: NAMESPACE,
      keep: seenSet,
      onList: (sets) => {
        for (const [name, set] of sets) this.#see(name, set);
      },
      onChange: (_change, [name, set]) => {
        this.#see(name, set);
      },
      onTrouble: () => undefined,
      signal: this.#end.signal,
    });
  }

  /** When it was seen like this for the first time since it was otherwise: milliseconds of `performance.now()`. */
  until(name: string, wanted: Partial<SeenSet>): Promise<number> {
    return this.#fleet.sight.changes.until(`${name} is ${JSON.stringify(wanted)}`, WITHIN_MS, () => {
      const seen = this.#seen.get(name);
      const { replicas = seen?.replicas, mark = seen?.mark } = wanted;
      return seen !== undefined && seen.replicas === replicas && seen.mark === mark ? seen.atMs : null;
    });
  }

  stop(): void {
    this.#end.abort();
  }

  #see(name: string, set: SeenSet): void {
    const before = this.#seen.get(name);
    if (before?.replicas === set.replicas && before.mark === set.mark) return;
    this.#seen.set(name, { ...set, atMs: performance.now() });
  }
}

const seenSet = ({ metadata, spec }: LiveStatefulSet): [string, SeenSet] => [
  metadata.name,
  { replicas: spec?.replicas ?? 0, mark: metadata.annotations?.[MARK] },
];
