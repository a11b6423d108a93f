/** Networks as the API server keeps them: the one truth that every command ends in. */
import type { BitcoinNetwork } from '../../workflows/facts.ts';
import { API_VERSION, GROUP, KIND, PLURAL, VERSION } from '../../workflows/names.ts';
import { BtcnetError } from '../errors.ts';
import { printed, type NetworkId } from '../network-id.ts';
import { ApiError } from './api-error.ts';
import { leftChildren, type Child } from './children.ts';
import { eventsOf, type NetworkEvent } from './events.ts';
import type { KubernetesHttp } from './http.ts';

/** Field manager of everything that this client writes. */
export const FIELD_MANAGER = 'btcnet-cli';

/** How many objects one page of a list holds. */
const PAGE_SIZE = 500;

/** What is sent by server-side apply: only the fields that the caller has an opinion on. */
export interface AppliedNetwork {
  apiVersion: string;
  kind: string;
  metadata: {
    namespace: string;
    name: string;
    resourceVersion?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec: Record<string, unknown>;
}

/** A network with the managers of its fields. */
export type StoredNetwork = BitcoinNetwork & {
  metadata: {
    managedFields?: {
      manager?: string;
      operation?: string;
      subresource?: string;
      fieldsV1?: Record<string, unknown>;
    }[];
  };
};

/** Everything that the client asks of Kubernetes; tests stand in for it. Every method throws `BtcnetError`. */
export interface NetworkStore {
  /** Throws `NOT_FOUND`. */
  read(network: NetworkId): Promise<StoredNetwork>;
  /** All networks of a namespace, or of the cluster when it is null. */
  list(namespace: string | null): Promise<BitcoinNetwork[]>;
  /** Server-side apply; a field that another manager owns is `REFUSED` unless `force` is set. */
  apply(applied: AppliedNetwork, force: boolean): Promise<StoredNetwork>;
  /** Sets `spec.nodes` through the scale subresource; of this UID only, where one is given. */
  scale(network: NetworkId, nodes: number, uid?: string): Promise<void>;
  /** Deletes the resource with this UID; its children follow by garbage collection. */
  remove(network: NetworkId, uid: string): Promise<void>;
  /** The network now (null: there is none), and the version from which a watch goes on. */
  look(network: NetworkId): Promise<{ network: BitcoinNetwork | null; resourceVersion: string }>;
  /** Hands on each change (null: deleted) until the stream ends or `signal` is aborted. */
  watch(
    network: NetworkId,
    resourceVersion: string,
    onChange: (seen: BitcoinNetwork | null) => void,
    signal: AbortSignal,
  ): Promise<void>;
  /** Events about the network with this UID, oldest first. */
  events(network: NetworkId, uid: string): Promise<NetworkEvent[]>;
  /** The decoded values of a Secret by their keys; null: there is no such Secret. */
  secret(namespace: string, name: string): Promise<Record<string, string> | null>;
  /** What still exists of the network with this UID (null: of any network of that name). */
  children(network: NetworkId, uid: string | null): Promise<Child[]>;
}

interface List<T> {
  metadata: { resourceVersion: string; continue?: string };
  items: T[];
}

export class KubernetesNetworkStore implements NetworkStore {
  readonly #http: KubernetesHttp;

  constructor(http: KubernetesHttp) {
    this.#http = http;
  }

  async read(network: NetworkId): Promise<StoredNetwork> {
    return this.#about(network, this.#http.request({ method: 'GET', path: pathOf(network) })) as Promise<StoredNetwork>;
  }

  async list(namespace: string | null): Promise<BitcoinNetwork[]> {
    const found: BitcoinNetwork[] = [];
    let next = '';
    do {
      const query = { limit: String(PAGE_SIZE), ...(next === '' ? {} : { continue: next }) };
      const page = (await this.#http.request({
        method: 'GET',
        path: collection(namespace),
        query,
      })) as List<BitcoinNetwork>;
      found.push(...page.items.map(typed));
      next = page.metadata.continue ?? '';
    } while (next !== '');
    return found;
  }

  async apply(applied: AppliedNetwork, force: boolean): Promise<StoredNetwork> {
    const answer = this.#http.request({
      method: 'PATCH',
      path: pathOf(applied.metadata),
      query: { fieldManager: FIELD_MANAGER, fieldValidation: 'Strict', force: String(force) },
      body: applied,
      contentType: 'application/apply-patch+yaml',
    });
    return answer as Promise<StoredNetwork>;
  }

  async scale(network: NetworkId, nodes: number, uid?: string): Promise<void> {
    const answer = this.#http.request({
      method: 'PATCH',
      path: `${pathOf(network)}/scale`,
      query: { fieldManager: FIELD_MANAGER },
      body: { ...(uid === undefined ? {} : { metadata: { uid } }), spec: { replicas: nodes } },
      contentType: 'application/merge-patch+json',
    });
    await this.#about(network, answer);
  }

  async remove(network: NetworkId, uid: string): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', preconditions: { uid } };
    await this.#about(network, this.#http.request({ method: 'DELETE', path: pathOf(network), body }));
  }

  async look(network: NetworkId): Promise<{ network: BitcoinNetwork | null; resourceVersion: string }> {
    const query = { fieldSelector: `metadata.name=${network.name}` };
    const list = await this.#http.request({ method: 'GET', path: collection(network.namespace), query });
    const { items, metadata } = list as List<BitcoinNetwork>;
    return { network: items[0] ? typed(items[0]) : null, resourceVersion: metadata.resourceVersion };
  }

  async watch(
    network: NetworkId,
    resourceVersion: string,
    onChange: (seen: BitcoinNetwork | null) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const query = { fieldSelector: `metadata.name=${network.name}`, resourceVersion };
    const ended = new AbortController();
    await this.#http.watch(
      collection(network.namespace),
      query,
      ({ type, object }) => {
        if (type === 'ERROR') ended.abort();
        else if (type === 'DELETED') onChange(null);
        else if (type === 'ADDED' || type === 'MODIFIED') onChange(object as BitcoinNetwork);
      },
      AbortSignal.any([signal, ended.signal]),
    );
  }

  events(network: NetworkId, uid: string): Promise<NetworkEvent[]> {
    return eventsOf(this.#http, network, uid);
  }

  async secret(namespace: string, name: string): Promise<Record<string, string> | null> {
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/secrets/${encodeURIComponent(name)}`;
    try {
      const { data } = (await this.#http.request({ method: 'GET', path })) as { data?: Record<string, string> };
      return Object.fromEntries(
        Object.entries(data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]),
      );
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return null;
      throw error;
    }
  }

  children(network: NetworkId, uid: string | null): Promise<Child[]> {
    return leftChildren(this.#http, network, uid);
  }

  /** Says which network an answer of 404 is about. */
  async #about<T>(network: NetworkId, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 404 || error.reason !== 'NotFound') throw error;
      throw new BtcnetError(
        'NOT_FOUND',
        `network ${printed(network)} does not exist (btcnet list -A shows all)`,
        error,
      );
    }
  }
}

/** Items of a list come without their type. */
const typed = (network: BitcoinNetwork): BitcoinNetwork => ({ ...network, apiVersion: API_VERSION, kind: KIND });

function collection(namespace: string | null): string {
  const scope = namespace === null ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `/apis/${GROUP}/${VERSION}${scope}/${PLURAL}`;
}

const pathOf = ({ namespace, name }: NetworkId): string => `${collection(namespace)}/${encodeURIComponent(name)}`;
