/** On what and with what a benchmark ran. */
import { cpus, release, totalmem } from 'node:os';
import {
  BTCD_VERSION,
  ETCD_VERSION,
  KUBERNETES_VERSION,
  KWOK_VERSION,
  TEMPORAL_CLI_VERSION,
} from '../../deploy/local/versions.ts';
import { CHECKOUT } from '../../deploy/local/locations.ts';
import { tryCommand } from '../../deploy/local/run-command.ts';

export interface Machine {
  cores: number;
  processor: string;
  memoryGiB: number;
  kernel: string;
  /** The commit that was measured, `-dirty` where files were changed. */
  commit: string;
  versions: Readonly<Record<string, string>>;
}

export async function thisMachine(): Promise<Machine> {
  const processors = cpus();
  const described = await tryCommand('git', ['-C', CHECKOUT, 'describe', '--always', '--dirty']);
  return {
    cores: processors.length,
    processor: processors[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    // Without what its builder added.
    kernel: release().split('-')[0] ?? '',
    commit: described.code === 0 ? described.stdout.trim() : 'unknown',
    versions: {
      node: process.versions.node,
      kubernetes: KUBERNETES_VERSION,
      etcd: ETCD_VERSION,
      temporal: TEMPORAL_CLI_VERSION,
      kwok: KWOK_VERSION,
      btcd: BTCD_VERSION,
    },
  };
}
