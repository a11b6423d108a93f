/** The real cluster of `KUBECONFIG`: an administrator's access to prepare and to meddle, the worker's own to be tested. */
import { afterAll, beforeAll, jest } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { clusterOf, connectCluster } from '../../../activities/kubernetes/cluster.ts';
import type { ApiCall, Cluster } from '../../../activities/kubernetes/cluster.ts';
import { ClusterView } from '../../../activities/kubernetes/cluster-view.ts';
import { KeptAliveKubeConfig } from '../../../activities/kubernetes/kept-alive-config.ts';
import { createNetwork } from '../../../activities/kubernetes/network.ts';
import { pathOf } from '../../../activities/kubernetes/objects.ts';
import type { Kind, Live } from '../../../activities/kubernetes/objects.ts';
import { OwnWrites } from '../../../activities/kubernetes/own-writes.ts';
import type { Writer } from '../../../activities/kubernetes/writer.ts';
import type { BitcoinNetwork } from '../../../workflows/facts.ts';
import type { NetworkRef } from '../../../workflows/observation.ts';
import type { NetworkSpec } from '../../../workflows/spec.ts';

/** Milliseconds for a test: pods of a busy machine take their time. */
export const TEST_TIMEOUT_MS = 60_000;

export interface Line {
  level: 'info' | 'warn' | 'error';
  message: string;
  fields: Record<string, unknown> | undefined;
}

export interface Bench {
  /** May do everything; stands for users. */
  admin: Cluster;
  /** The worker, with no more than the rights of deploy/rbac.yaml. */
  writer: Writer;
  /** A namespace of this test file alone. */
  namespace: string;
  /** What the worker logged. */
  lines: Line[];
  /** A paused network, so that no other worker that happens to serve the cluster touches it. */
  aNetwork: (name: string, spec?: Partial<NetworkSpec>) => Promise<{ network: BitcoinNetwork; ref: NetworkRef }>;
}

/** Makes the namespace before the tests of a file, and deletes it after them. */
export function useCluster(): Bench {
  jest.setTimeout(TEST_TIMEOUT_MS);
  const bench = {} as Bench;
  beforeAll(async () => {
    const admin = connectCluster({ kubeconfig: process.env['KUBECONFIG'] });
    await install(admin);
    const namespace = `btcnet-test-${randomBytes(4).toString('hex')}`;
    await administer(admin, 'POST', '/api/v1/namespaces', { metadata: { name: namespace } });
    const lines: Line[] = [];
    const view = new ClusterView(await asServiceAccount(admin), [namespace]);
    const writer: Writer = {
      cluster: view.cluster,
      view,
      log: recording(lines),
      ownWrites: new OwnWrites(),
      defaults: { implementation: 'btcd', image: process.env['BTCNET_DEFAULT_IMAGE'] },
      now: Date.now,
    };
    Object.assign(bench, { admin, writer, namespace, lines, aNetwork: networks(writer, namespace) });
  });
  afterAll(async () => {
    await administer(bench.admin, 'DELETE', `/api/v1/namespaces/${bench.namespace}`);
    await Promise.all([bench.admin.close(), bench.writer.cluster.close()]);
  });
  return bench;
}

const networks =
  (writer: Writer, namespace: string): Bench['aNetwork'] =>
  async (name, spec = {}) => {
    const whole = { nodes: 0, paused: true, ...spec };
    const { network } = await createNetwork(writer, { namespace, name, spec: whole });
    return { network, ref: { namespace, name, uid: network.metadata.uid } };
  };

export function recording(lines: Line[]): Writer['log'] {
  const at =
    (level: Line['level']) =>
    (message: string, fields?: Record<string, unknown>): void => {
      lines.push({ level, message, fields });
    };
  return { info: at('info'), warn: at('warn'), error: at('error') };
}

/** Any call as the administrator. */
export const administer = (
  admin: Cluster,
  method: ApiCall['method'],
  path: string,
  body?: unknown,
  contentType?: string,
): Promise<unknown> =>
  admin.call({
    method,
    path,
    body,
    ...(contentType === undefined ? {} : { contentType }),
    subject: { verb: method.toLowerCase(), kind: path },
  });

/** What somebody does with `kubectl patch --type merge`. */
export const meddle = (
  admin: Cluster,
  kind: Kind<Live>,
  { namespace, name }: { namespace: string; name: string },
  body: unknown,
  subresource?: string,
): Promise<unknown> =>
  administer(admin, 'PATCH', pathOf(kind, namespace, name, subresource), body, 'application/merge-patch+json');

export const create = (admin: Cluster, kind: Kind<Live>, namespace: string, object: object): Promise<unknown> =>
  administer(admin, 'POST', pathOf(kind, namespace), { apiVersion: kind.apiVersion, kind: kind.kind, ...object });

/** Looks again and again until the answer is as wanted. */
export async function eventually<T>(look: () => Promise<T> | T, wanted: (found: T) => boolean): Promise<T> {
  const deadline = Date.now() + TEST_TIMEOUT_MS / 2;
  for (;;) {
    const found = await look();
    if (wanted(found)) return found;
    if (Date.now() > deadline) throw new Error(`still not as wanted: ${JSON.stringify(found)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const PLURALS: Readonly<Record<string, string>> = {
  CustomResourceDefinition: 'customresourcedefinitions',
  Namespace: 'namespaces',
  ServiceAccount: 'serviceaccounts',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
};

/** Applies deploy/crd.yaml and deploy/rbac.yaml: the tests are about what they say now. */
async function install(admin: Cluster): Promise<void> {
  for (const file of ['crd.yaml', 'rbac.yaml']) {
    const text = readFileSync(new URL(`../../../deploy/${file}`, import.meta.url), 'utf8');
    for (const document of parseAllDocuments(text)) {
      const object = document.toJS() as {
        apiVersion: string;
        kind: string;
        metadata: { name: string; namespace?: string };
      };
      const { name, namespace } = object.metadata;
      const kind = { ...object, plural: PLURALS[object.kind] ?? '', as: (value: unknown) => value as Live };
      const path = `${pathOf(kind, namespace, name)}?fieldManager=btcnet-test&force=true`;
      await administer(admin, 'PATCH', path, object, 'application/apply-patch+yaml');
    }
  }
  await eventually(
    () =>
      admin
        .call({
          method: 'GET',
          path: '/apis/bitcoincontroller.christianb93.github.com/v1',
          subject: { verb: 'get', kind: 'group' },
        })
        .catch(() => null),
    (found) => found !== null,
  );
}

/** The worker's account, with a token as a pod of it would have one. */
async function asServiceAccount(admin: Cluster): Promise<Cluster> {
  const path = '/api/v1/namespaces/bitcoin-controller/serviceaccounts/bitcoin-controller-sva/token';
  const answer = (await administer(admin, 'POST', path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3600 },
  })) as { status: { token: string } };
  return clusterWithToken(admin, answer.status.token);
}

function clusterWithToken(admin: Cluster, token: string, server?: string): Cluster {
  const cluster = admin.config.getCurrentCluster();
  if (cluster === null) throw new Error('The kubeconfig names no current cluster.');
  const config = new KeptAliveKubeConfig();
  config.loadFromClusterAndUser({ ...cluster, ...(server === undefined ? {} : { server }) }, { name: 'worker', token });
  return clusterOf(config);
}

/** The same access to the same cluster, but through another address. */
export function through(cluster: Cluster, server: string): Cluster {
  const config = new KeptAliveKubeConfig();
  const [current, user] = [cluster.config.getCurrentCluster(), cluster.config.getCurrentUser()];
  if (current === null || user === null) throw new Error('The kubeconfig names no current cluster.');
  const { hostname } = new URL(current.server);
  config.loadFromClusterAndUser({ ...current, server, ...(isName(hostname) ? { tlsServerName: hostname } : {}) }, user);
  return clusterOf(config);
}

const isName = (host: string): boolean => !/^[0-9.]+$|:/.test(host);
