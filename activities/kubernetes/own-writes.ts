/** What this process wrote itself, so that a watch can tell its echoes from what others did. */
import type { Live } from './objects.ts';

/** Writes that are remembered: some minutes' worth for a thousand busy networks. */
const CAPACITY = 20_000;

export class OwnWrites {
  /** In the order of their coming; a Set keeps it. */
  readonly #seen = new Set<string>();
  /** When statuses were written, in milliseconds since the epoch, by the UID of their network. */
  readonly #statuses = new Map<string, number>();
  readonly #capacity: number;

  constructor(capacity = CAPACITY) {
    this.#capacity = capacity;
  }

  /** To be called with what the API server returned for a create, an apply or a patch. */
  record({ metadata }: Live): void {
    this.#seen.add(keyOf(metadata));
    shorten(this.#seen, this.#capacity);
  }

  /** Whether exactly this version was written by this process. */
  has(metadata: { uid: string; resourceVersion: string }): boolean {
    return this.#seen.has(keyOf(metadata));
  }

  /** @param at milliseconds since the epoch */
  recordStatus(uid: string, at: number): void {
    this.#statuses.delete(uid);
    this.#statuses.set(uid, at);
    shorten(this.#statuses, this.#capacity);
  }

  /** When this process last wrote the status of a network, in milliseconds since the epoch; null: not lately. */
  statusWrittenAt(uid: string): number | null {
    return this.#statuses.get(uid) ?? null;
  }
}

function shorten(kept: Set<string> | Map<string, unknown>, capacity: number): void {
  for (const oldest of kept.keys()) {
    if (kept.size <= capacity) break;
    kept.delete(oldest);
  }
}

const keyOf = ({ uid, resourceVersion }: { uid: string; resourceVersion: string }): string =>
  `${uid}/${resourceVersion}`;
