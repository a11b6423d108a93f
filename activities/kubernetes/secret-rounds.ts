/** Regular looks at the Secrets of one settled network: no watch may show them, and its workflow rests for long. */
import type { BitcoinNetwork } from '../../workflows/facts.ts';
import { nodeSecretName } from '../../workflows/names.ts';
import { isUnsettled } from '../../workflows/node-watch.ts';
import { isForbidden } from './errors.ts';
import { credentialsOf } from './manifests/container.ts';
import { getNetwork } from './network.ts';
import { nodeSecretState, sourceProblem } from './node-secret-state.ts';
import { get, SECRETS, type Options } from './objects.ts';
import type { Writer } from './writer.ts';

/** Milliseconds between two looks, to which comes the time until the next turn: together ten minutes at most. */
const EVERY_MS = 300_000;

export class SecretRounds {
  readonly #deps: Pick<Writer, 'cluster' | 'view' | 'defaults' | 'now'>;
  /** UID of the network that was looked at, and when. */
  #looked = { uid: '', atMs: -Infinity };

  constructor(deps: Pick<Writer, 'cluster' | 'view' | 'defaults' | 'now'>) {
    this.#deps = deps;
  }

  /**
   * Looks, when it is time to. A network that is not settled is looked at by its workflow.
   *
   * @param seen the network as the node watch remembers it
   * @returns why the workflow is to look; null: it need not
   * @throws ApiError when the API server cannot be asked
   */
  async look(seen: BitcoinNetwork, options: Options): Promise<string | null> {
    const { now } = this.#deps;
    const { metadata, spec } = seen;
    if (isUnsettled(seen) || spec.paused === true || metadata.deletionTimestamp !== undefined) return null;
    if (metadata.uid === this.#looked.uid && now() - this.#looked.atMs < EVERY_MS) return null;
    const reason = await this.#reason(metadata, options);
    // Only now: whoever could not be asked is asked at the next turn.
    this.#looked = { uid: metadata.uid, atMs: now() };
    return reason;
  }

  async #reason({ namespace, name, uid }: BitcoinNetwork['metadata'], options: Options): Promise<string | null> {
    const { cluster, view, defaults } = this.#deps;
    const glimpse = await view.glimpse({ namespace, name, uid }, options);
    const network = glimpse?.network ?? (await getNetwork(cluster, { namespace, name }, options));
    if (network?.metadata.uid !== uid) return null;
    try {
      const [node, source] = await Promise.all([
        get(cluster, SECRETS, namespace, nodeSecretName(name), options),
        get(cluster, SECRETS, namespace, credentialsOf(network), options),
      ]);
      const isAsGiven = nodeSecretState(network, node, source, defaults) === 'ours';
      return isAsGiven && sourceProblem(network, source, defaults) === null ? null : 'a Secret has changed';
    } catch (error) {
      if (!isForbidden(error)) throw error;
      return 'a Secret may not be read';
    }
  }
}
