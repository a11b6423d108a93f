/** The nodes of networks, asked as the worker asks them, with the credentials that the user may read. */
import { RpcFault } from '../../activities/bitcoin/rpc-fault.ts';
import type { Rpc, RpcCall } from '../../activities/bitcoin/rpc.ts';
import { NODE_KEYS } from '../../activities/kubernetes/manifests/node-files.ts';
import { accessOf, endpointOf } from '../../activities/kubernetes/node-source.ts';
import type { LivePod, LiveSecret, LiveStatefulSet } from '../../activities/kubernetes/objects.ts';
import { isControlledBy } from '../../activities/kubernetes/ownership.ts';
import { podFacts } from '../../activities/kubernetes/pods.ts';
import type { BitcoinNetwork, PodFacts } from '../../workflows/facts.ts';
import { nodeSecretName, podName, statefulSetName } from '../../workflows/names.ts';
import { BtcnetError } from '../errors.ts';
import { printed } from '../network-id.ts';
import { NodeError, nodeUnreachable } from '../node-error.ts';
import { ApiError } from './api-error.ts';
import type { KubernetesHttp } from './http.ts';

export interface NetworkNodes {
  /**
   * The result of one call to one node. Throws `NOT_FOUND` when there is no such node, `NodeError` when it refuses the call,
   * and what the way to it refuses.
   */
  call(network: BitcoinNetwork, ordinal: number, call: RpcCall, timeoutMs: number): Promise<unknown>;
}

export class KubernetesNetworkNodes implements NetworkNodes {
  readonly #http: KubernetesHttp;
  readonly #rpc: Rpc;

  constructor(http: KubernetesHttp, rpc: Rpc) {
    this.#http = http;
    this.#rpc = rpc;
  }

  async call(network: BitcoinNetwork, ordinal: number, call: RpcCall, timeoutMs: number): Promise<unknown> {
    const { metadata } = network;
    const [pod, secret] = await Promise.all([
      this.#podOf(network, ordinal),
      this.#read<LiveSecret>(network, 'api/v1', 'secrets', nodeSecretName(metadata.name)),
    ]);
    const implementation = secret?.data?.[NODE_KEYS.btcdConfig] === undefined ? 'bitcoin-core' : 'btcd';
    const access = accessOf(metadata, implementation, secret);
    if (access === null) {
      throw new BtcnetError(
        'NOT_FOUND',
        `the nodes of ${printed(metadata)} have no credentials yet: see btcnet describe`,
      );
    }
    try {
      const [answer] = await this.#rpc.ask(endpointOf(network, pod), access, [call], { timeoutMs });
      if (answer?.ok === true) return answer.result;
      throw new NodeError(pod.name, answer?.code ?? 0, answer?.message ?? '');
    } catch (error) {
      throw error instanceof RpcFault ? nodeUnreachable(error) : error;
    }
  }

  /** Credentials are for the network's own pods only: those of its own stateful set. */
  async #podOf(network: BitcoinNetwork, ordinal: number): Promise<PodFacts> {
    const { name, uid } = network.metadata;
    const [set, pod] = await Promise.all([
      this.#read<LiveStatefulSet>(network, 'apis/apps/v1', 'statefulsets', statefulSetName(name)),
      this.#read<LivePod>(network, 'api/v1', 'pods', podName(name, ordinal)),
    ]);
    const ours = set !== null && isControlledBy(set, uid) && pod !== null && isControlledBy(pod, set.metadata.uid);
    const facts = ours ? podFacts(name, pod) : null;
    if (facts === null) {
      const nodes = String(network.spec.nodes);
      throw new BtcnetError(
        'NOT_FOUND',
        `${printed(network.metadata)} has no node ${ordinal}; it declares ${nodes} nodes`,
      );
    }
    if (facts.ip === null)
      throw new BtcnetError('UNREACHABLE', `${facts.name} is still starting: it has no address yet`);
    return facts;
  }

  /** null: there is no such object. */
  async #read<T>({ metadata }: BitcoinNetwork, api: string, plural: string, name: string): Promise<T | null> {
    const path = `/${api}/namespaces/${encodeURIComponent(metadata.namespace)}/${plural}/${encodeURIComponent(name)}`;
    try {
      return (await this.#http.request({ method: 'GET', path })) as T;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  }
}
