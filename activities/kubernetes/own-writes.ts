/** What this process wrote itself, so that a watch can tell its echoes from what others did. */
import type { Live } from './objects.ts';

/** Writes that are remembered: some minutes' worth for a thousand busy networks. */
const CAPACITY = 20_000;

export class OwnWrites {
  /** In the order of their coming; a Set keeps it. */
  readonly #seen = new Set<string>();
  readonly #capacity: number;

  constructor(capacity = CAPACITY) {
    this.#capacity = capacity;
  }

  /** To be called with what the API server returned for a create, an apply or a patch. */
  record({ metadata }: Live): void {
    this.#seen.add(keyOf(metadata));
    for (const oldest of this.#seen) {
      if (this.#seen.size <= this.#capacity) break;
      this.#seen.delete(oldest);
    }
  }

  /** Whether exactly this version was written by this process. */
  has(metadata: { uid: string; resourceVersion: string }): boolean {
    return this.#seen.has(keyOf(metadata));
  }
}

const keyOf = ({ uid, resourceVersion }: { uid: string; resourceVersion: string }): string =>
  `${uid}/${resourceVersion}`;
