/** A real btcd on a loopback address, for tests that compare the stub with it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_MINING_ADDRESS } from '../../activities/bitcoin/dialect.ts';

export const REAL_RPC_PORT = 18332;

export interface RealBtcd {
  address: string;
  stop: () => Promise<void>;
}

/**
 * Starts btcd with user `user` and password `password`; it has opened its ports only some time later.
 *
 * @param tag what it introduces itself with, and wants of others
 */
export function startBtcd(
  program: string,
  address: string,
  tls: { certificate: string; key: string },
  tag = 'stub',
): RealBtcd {
  const folder = mkdtempSync(join(tmpdir(), 'btcnet-btcd-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const settings = ['[Application Options]', 'rpcuser=user', 'rpcpass=password'];
  const child: ChildProcess = spawn(
    program,
    [
      '--regtest',
      `--configfile=${file('btcd.conf', `${settings.join('\n')}\n`)}`,
      `--datadir=${join(folder, 'data')}`,
      `--logdir=${join(folder, 'log')}`,
      `--rpccert=${file('rpc.cert', tls.certificate)}`,
      `--rpckey=${file('rpc.key', tls.key)}`,
      `--rpclisten=${address}:${String(REAL_RPC_PORT)}`,
      `--listen=${address}:18444`,
      `--miningaddr=${DEFAULT_MINING_ADDRESS}`,
      `--uacomment=${tag}`,
      `--agentwhitelist=${tag}`,
      '--nobanning',
      '--utxocachemaxsize=1',
    ],
    { stdio: 'ignore' },
  );
  return {
    address,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
