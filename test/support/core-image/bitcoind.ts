/** `bitcoind -conf=FILE -datadir=DIRECTORY`: one stub of Bitcoin Core in a container, whose peers are in others. */
import { lookup } from 'node:dns';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { REAL_CLOCK } from '../stub-core-clock.ts';
import { TcpWire } from '../stub-core-wire-tcp.ts';
import { StubCore } from '../stub-core.ts';
import type { CoreVersion } from '../stub-core.ts';
import { readArguments, readSettings, StartError } from './config.ts';

/** Milliseconds for which every call is answered by -28. */
const WARMUP_MS = 100;

/** Milliseconds from `stop` to the end: whoever asked for it in the container gets the answer. */
const SHUTDOWN_MS = 300;

/** What the stand-in answers like; `BTCNET_STUB_CORE_VERSION` may say otherwise. */
const DEFAULT_VERSION: CoreVersion = '28';

/** The address that others see. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}

/** The chain's file, as far as it is there; and how it is written, whole or not at all. */
function chainIn(directory: string): { chain: string[]; keepChain: (chain: readonly string[]) => void } {
  const folder = join(directory, 'regtest', 'blocks');
  const file = join(folder, 'chain.json');
  mkdirSync(folder, { recursive: true });
  const read = (): string[] => {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as string[];
    } catch {
      return [];
    }
  };
  return {
    chain: read(),
    keepChain: (chain) => {
      writeFileSync(`${file}.new`, JSON.stringify(chain));
      renameSync(`${file}.new`, file);
    },
  };
}

function end(): never {
  console.log('Shutdown: done');
  process.exit(0);
}

try {
  const { options, words } = readArguments(process.argv.slice(2));
  const unknown = [...options.keys()].find((name) => !['conf', 'datadir', 'regtest'].includes(name));
  if (unknown !== undefined) throw new StartError(`Error: Error parsing command line arguments: Invalid parameter -${unknown}`); // prettier-ignore
  if (words[0] !== undefined) throw new StartError(`Error: Command line contains unexpected token '${words[0]}', see bitcoind -h for a list of options.`); // prettier-ignore
  const settings = readSettings(options.get('conf'));
  for (const warning of settings.warnings) console.log(`Warning: ${warning}`);

  // The first process of a container gets only the signals that it asks for.
  process.on('SIGTERM', end).on('SIGINT', end);
  const node = new StubCore({
    address: ownAddress(),
    wire: new TcpWire({ listen: settings.listen }),
    clock: REAL_CLOCK,
    resolve: (name, tell) => {
      lookup(name, { family: 4 }, (error, address) => {
        tell(error === null ? address : null);
      });
    },
    version: process.env['BTCNET_STUB_CORE_VERSION'] === '0.21' ? '0.21' : DEFAULT_VERSION,
    tag: settings.uacomment,
    user: settings.rpcUser,
    password: settings.rpcPassword,
    rpc: { host: settings.rpcHost, port: settings.rpcPort },
    rest: settings.rest,
    ...chainIn(options.get('datadir') ?? '/data'),
    exit: () => setTimeout(end, SHUTDOWN_MS),
  });
  node.state = 'warmup';
  setTimeout(() => {
    node.state = 'ready';
  }, WARMUP_MS);
  await node.start();
  console.log(`A stand-in for Bitcoin Core, ${node.subversion}, at height ${node.height}`);
} catch (error) {
  if (!(error instanceof StartError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
