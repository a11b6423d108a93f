import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from '../locations.ts';
import type { Progress } from '../progress.ts';
import { EXTRA_USERS } from './credentials.ts';
import type { Kubectl } from './kubectl.ts';

/** The name in the certificate with which the API server calls the kubelet. */
const KUBELET_CLIENT = 'kube-apiserver-kubelet-client';

const bindUser = (name: string, role: string, user: string): object => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
});

/** What parts of the stack may do, beyond Kubernetes' own roles for its parts. */
const STACK_RIGHTS = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      // What CoreDNS must see to answer for services and pods.
      kind: 'ClusterRole',
      metadata: { name: 'system:coredns' },
      rules: [
        { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      ],
    },
    bindUser('system:coredns', 'system:coredns', EXTRA_USERS.coredns),
    // Without it there are no logs, no exec and no port-forward.
    bindUser('btcnet:kubelet-client', 'system:kubelet-api-admin', KUBELET_CLIENT),
  ],
};

/** Manifests of this checkout that are applied at every `up`. */
const APPLIED = ['crd.yaml', 'rbac.yaml'];
/** Made once and then the user's own: its credentials may have been changed. */
const CREATED = 'secret.yaml';
const CRD_NAME = 'bitcoinnetworks.bitcoincontroller.christianb93.github.com';
/** In seconds. */
const CRD_TIMEOUT = 30;

const APPLY = ['apply', '--server-side', '--force-conflicts', '--field-manager=btcnet-local-stack'];

/** Needed before CoreDNS can be ready. */
export async function grantStackRights(kubectl: Kubectl): Promise<void> {
  await kubectl.run([...APPLY, '-f', '-'], { input: JSON.stringify(STACK_RIGHTS) });
}

/** Applies the resource definition, the rights of the worker and the default Secret of this checkout. */
export async function applyManifests(kubectl: Kubectl, progress: Progress): Promise<void> {
  const manifest = (file: string): string => join(CHECKOUT, 'deploy', file);
  const missing = [...APPLIED, CREATED].filter((file) => !existsSync(manifest(file)));
  for (const file of missing) progress.say(`! deploy/${file} is not in this checkout: left out`);
  const there = APPLIED.filter((file) => !missing.includes(file));
  if (there.length > 0) await kubectl.run([...APPLY, ...there.flatMap((file) => ['-f', manifest(file)])]);
  if (!missing.includes(CREATED)) {
    const found = await kubectl.run(['get', '-f', manifest(CREATED), '--ignore-not-found', '-o', 'name']);
    if (found.trim() === '') await kubectl.run([...APPLY, '-f', manifest(CREATED)]);
  }
  if (there.includes('crd.yaml')) {
    await kubectl.run(['wait', '--for=condition=Established', `crd/${CRD_NAME}`, `--timeout=${CRD_TIMEOUT}s`]);
  }
}
