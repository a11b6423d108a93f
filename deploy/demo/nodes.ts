/** Asks the nodes themselves, from outside: with kubectl and each implementation's own command line. */
import { runCommand } from '../local/run-command.ts';
import { podName } from '../../workflows/names.ts';
import type { Implementation } from '../../workflows/spec.ts';
import type { Surroundings } from './surroundings.ts';

const CLIENTS: Readonly<Record<Implementation, readonly string[]>> = {
  btcd: ['btcctl'],
  'bitcoin-core': ['bitcoin-cli', '-regtest', '-conf=/bitcoin.conf'],
};

export class Nodes {
  readonly #surroundings: Surroundings;
  readonly #network: string;
  readonly #namespace: string;
  readonly #client: readonly string[];

  constructor(surroundings: Surroundings, network: string, namespace: string, implementation: Implementation) {
    this.#surroundings = surroundings;
    this.#network = network;
    this.#namespace = namespace;
    this.#client = CLIENTS[implementation];
  }

  /** Height and tip as the node itself gives them. */
  async chainOf(ordinal: number): Promise<{ height: number; tip: string }> {
    const [height, tip] = await Promise.all([
      this.#ask(ordinal, 'getblockcount'),
      this.#ask(ordinal, 'getbestblockhash'),
    ]);
    return { height: Number(height), tip };
  }

  /** How many connections the node has. */
  async connectionsOf(ordinal: number): Promise<number> {
    return Number(await this.#ask(ordinal, 'getconnectioncount'));
  }

  async #ask(ordinal: number, method: string): Promise<string> {
    const { kubectl } = this.#surroundings;
    const pod = podName(this.#network, ordinal);
    return (await runCommand(kubectl, ['exec', '-n', this.#namespace, pod, '--', ...this.#client, method])).trim();
  }
}
