import { CNI_NETWORK_NAME, BRIDGE_NAME, POD_SUBNET } from '../addresses.ts';
import { paths } from '../locations.ts';
import { findProgram } from '../parts/find.ts';
import { type Programs, programPath } from '../parts/install.ts';
import { CNI_DIRECTORIES } from '../parts/manifest.ts';
import { tryCommand } from '../run-command.ts';
import { CONTAINERD_VERSION } from '../versions.ts';
import type { Daemon } from './daemon.ts';
import { join, dirname } from 'node:path';

const SYSTEM_PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/** Kubernetes' own namespace in containerd. */
export const CONTAINERD_NAMESPACE = 'k8s.io';

function cniDirectory(): string {
  return CNI_DIRECTORIES.find((directory) => findProgram(join(directory, 'bridge')) !== undefined) ?? '/usr/lib/cni';
}

function configuration(pauseImage: string): string {
  return `version = 3
root = "${paths.containerd()}"
state = "${paths.containerdState()}"

[grpc]
  address = "${paths.containerdSocket()}"

[plugins.'io.containerd.cri.v1.runtime']
  # Without it no sandbox starts where CAP_SYS_RESOURCE is missing: "can't get final child's PID from pipe: EOF".
  restrict_oom_score_adj = true
  # Network namespaces are mounts: below our own directory they are known to be ours.
  netns_mounts_under_state_dir = true

[plugins.'io.containerd.cri.v1.runtime'.cni]
  bin_dirs = ["${cniDirectory()}"]
  conf_dir = "${paths.cniConfig()}"

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]
  Root = "${paths.runc()}"
  SystemdCgroup = false

[plugins.'io.containerd.cri.v1.images'.pinned_images]
  sandbox = "${pauseImage}"
`;
}

/** The addresses that are given out lie beside containerd's own data, so that both are kept or removed together. */
function network(): string {
  return `${JSON.stringify(
    {
      cniVersion: '1.0.0',
      name: CNI_NETWORK_NAME,
      plugins: [
        {
          type: 'bridge',
          bridge: BRIDGE_NAME,
          isGateway: true,
          ipMasq: true,
          // A pod may reach itself through its own service.
          hairpinMode: true,
          ipam: {
            type: 'host-local',
            ranges: [[{ subnet: POD_SUBNET }]],
            routes: [{ dst: '0.0.0.0/0' }],
            dataDir: paths.addresses(),
          },
        },
      ],
    },
    undefined,
    2,
  )}\n`;
}

export function containerd(programs: Programs, pauseImage: string, beforeStart: () => Promise<void>): Daemon {
  const config = paths.config('containerd.toml');
  const program = programPath(programs, 'containerd');
  return {
    name: 'containerd',
    version: CONTAINERD_VERSION,
    program,
    args: ['--config', config, '--log-level', 'warn'],
    // It looks for its shim and for runc on the PATH; the caller's own PATH is another one every time.
    environment: { PATH: [dirname(programPath(programs, 'containerd-shim-runc-v2')), ...SYSTEM_PATH].join(':') },
    files: { [config]: configuration(pauseImage), [join(paths.cniConfig(), '10-btcnet.conflist')]: network() },
    endpoints: [],
    isReady: async () => {
      const ctr = programPath(programs, 'ctr');
      return (await tryCommand(ctr, ['--address', paths.containerdSocket(), 'version'], { timeout: 5000 })).code === 0;
    },
    beforeStart,
  };
}
