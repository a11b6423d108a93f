import {
  BTCD_VERSION,
  CONTAINERD_VERSION,
  COREDNS_VERSION,
  ETCD_VERSION,
  KUBERNETES_VERSION,
  KWOK_VERSION,
  TEMPORAL_CLI_VERSION,
} from '../versions.ts';
import type { Fit } from './version.ts';

/** A program that is built from source, and how one that is on the PATH already tells its version. */
export interface Program {
  name: string;
  /** The Go package of its main function. */
  packagePath: string;
  /** The name that `go install` gives it, where that is not `name`. */
  builtAs?: string;
  /** Left out: one on the PATH is never used. */
  onPath?: { args: readonly string[]; fit: Fit };
}

/** What one `go install` brings. */
export interface GoPart {
  name: string;
  version: string;
  programs: readonly Program[];
  /** `-X` settings that make the programs report their version. */
  stamps: Readonly<Record<string, string>>;
  /**
   * `install`: `go install PACKAGE@VERSION`; `kubernetes`: through a generated module of tool dependencies, because
   * these modules carry replace lines that `go install PACKAGE@VERSION` refuses.
   */
  how: 'install' | 'kubernetes';
  /** Measured with cold caches on 2 cores while another build ran beside it. */
  expectedSeconds: number;
}

const kubernetesProgram = (
  name: string,
  onPath: Program['onPath'] = { args: ['--version'], fit: 'minor' },
): Program => ({
  name,
  packagePath: `k8s.io/kubernetes/cmd/${name}`,
  onPath,
});

const KUBERNETES_GIT_VERSION = `v${KUBERNETES_VERSION}`;
const [KUBERNETES_MAJOR = '', KUBERNETES_MINOR = ''] = KUBERNETES_VERSION.split('.');

/** Longest first: two are built at a time. */
export const GO_PARTS: readonly GoPart[] = [
  {
    name: 'kubernetes',
    version: KUBERNETES_VERSION,
    how: 'kubernetes',
    programs: [
      kubernetesProgram('kube-apiserver'),
      kubernetesProgram('kube-controller-manager'),
      kubernetesProgram('kube-scheduler'),
      kubernetesProgram('kubelet'),
      kubernetesProgram('kube-proxy'),
      kubernetesProgram('kubeadm', { args: ['version', '-o', 'short'], fit: 'minor' }),
      kubernetesProgram('kubectl', { args: ['version', '--client'], fit: 'one-minor-apart' }),
      {
        name: 'etcd',
        packagePath: 'go.etcd.io/etcd/server/v3',
        builtAs: 'server',
        // Not `minor`: the API server only asks for a recent 3.x, and 3.5 lacks what 1.37 uses.
        onPath: { args: ['--version'], fit: 'at-least' },
      },
    ],
    // Without the stamps kubectl refuses to parse the server's version.
    stamps: Object.fromEntries(
      ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'].flatMap((path) => [
        [`${path}.gitVersion`, KUBERNETES_GIT_VERSION],
        [`${path}.gitMajor`, KUBERNETES_MAJOR],
        [`${path}.gitMinor`, KUBERNETES_MINOR],
        [`${path}.gitTreeState`, 'clean'],
      ]),
    ),
    expectedSeconds: 740,
  },
  {
    name: 'containerd',
    version: CONTAINERD_VERSION,
    how: 'install',
    programs: [
      {
        name: 'containerd',
        packagePath: 'github.com/containerd/containerd/v2/cmd/containerd',
        onPath: { args: ['--version'], fit: 'minor' },
      },
      {
        name: 'containerd-shim-runc-v2',
        packagePath: 'github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2',
        onPath: { args: ['-v'], fit: 'minor' },
      },
      {
        name: 'ctr',
        packagePath: 'github.com/containerd/containerd/v2/cmd/ctr',
        onPath: { args: ['--version'], fit: 'minor' },
      },
    ],
    stamps: { 'github.com/containerd/containerd/v2/version.Version': `v${CONTAINERD_VERSION}` },
    expectedSeconds: 135,
  },
  {
    name: 'btcd',
    version: BTCD_VERSION,
    how: 'install',
    // Never from the PATH: these go into an image, so they must be static.
    programs: [
      { name: 'btcd', packagePath: 'github.com/btcsuite/btcd' },
      { name: 'btcctl', packagePath: 'github.com/btcsuite/btcd/cmd/btcctl' },
    ],
    stamps: {},
    expectedSeconds: 15,
  },
  {
    name: 'temporal',
    version: TEMPORAL_CLI_VERSION,
    how: 'install',
    programs: [
      {
        name: 'temporal',
        packagePath: 'github.com/temporalio/cli/cmd/temporal',
        onPath: { args: ['--version'], fit: 'at-least' },
      },
    ],
    stamps: { 'github.com/temporalio/cli/temporalcli.Version': TEMPORAL_CLI_VERSION },
    expectedSeconds: 320,
  },
  {
    name: 'coredns',
    version: COREDNS_VERSION,
    how: 'install',
    programs: [
      {
        name: 'coredns',
        packagePath: 'github.com/coredns/coredns',
        onPath: { args: ['-version'], fit: 'minor' },
      },
    ],
    stamps: {},
    expectedSeconds: 205,
  },
];

/** What only the benchmarks need: built when one of them runs. */
export const BENCH_PARTS: readonly GoPart[] = [
  {
    name: 'kwok',
    version: KWOK_VERSION,
    how: 'install',
    programs: [
      { name: 'kwok', packagePath: 'sigs.k8s.io/kwok/cmd/kwok', onPath: { args: ['--version'], fit: 'minor' } },
    ],
    stamps: { 'sigs.k8s.io/kwok/pkg/consts.Version': `v${KWOK_VERSION}` },
    expectedSeconds: 110,
  },
];

/** The version that a program on the PATH is measured by: etcd comes in Kubernetes' module and has its own. */
export function programVersion(part: GoPart, program: Program): string {
  return program.name === 'etcd' ? ETCD_VERSION : part.version;
}

/** A program of a Debian package, by which its presence is told. */
export interface DebianPackage {
  name: string;
  /** Any of these: an absolute path, or a program's name on the PATH. */
  presentBy: readonly string[];
}

/** Where distributions put the CNI plugins. */
export const CNI_DIRECTORIES = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'];

/** What cannot be had as a Go module in one piece, or should be the system's own. */
export const DEBIAN_PACKAGES: readonly DebianPackage[] = [
  { name: 'runc', presentBy: ['runc'] },
  { name: 'containernetworking-plugins', presentBy: CNI_DIRECTORIES.map((directory) => `${directory}/bridge`) },
  { name: 'iptables', presentBy: ['iptables'] },
  { name: 'conntrack', presentBy: ['conntrack'] },
  { name: 'iproute2', presentBy: ['ip'] },
];

/** Builds the images where no docker engine answers. */
export const BUILDAH_PACKAGE: DebianPackage = { name: 'buildah', presentBy: ['buildah'] };

/** Measured. */
export const DEBIAN_EXPECTED_SECONDS = 20;
