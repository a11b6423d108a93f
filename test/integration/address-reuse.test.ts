/** Two networks whose pods take over each other's addresses: with one magic, their nodes would join if they met. */
import { afterAll, afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_MINING_ADDRESS } from '../../activities/bitcoin/dialect.ts';
import { BTCD, UNDER_TEST } from '../support/node-software.ts';
import { makeAddressesScarce } from '../support/pod-addresses.ts';
import { makeNamespace, Network, removeNamespace, runWorker } from '../support/stack.ts';
import { GENESIS } from '../support/stub-node-network.ts';

jest.setTimeout(300_000);

/** Nodes of a network that is scaled down, and of one that is scaled up: four in all. */
const FEW = 1;
const MANY = 3;
/** One more than the nodes, so that whoever scales up must take what the other has left. */
const ADDRESSES = FEW + MANY + 1;
/** Each is once the one that grows. */
const ROUNDS = 2;
/** Milliseconds between two looks at all nodes. */
const BETWEEN_LOOKS_MS = 3_000;

let namespace: string;
let giveAddressesBack: () => void = () => undefined;

beforeEach(async () => {
  namespace = await makeNamespace('addresses');
});
afterEach(async () => {
  giveAddressesBack();
  await removeNamespace(namespace);
});
afterAll(async () => {
  await runWorker();
});

/** A network with a chain of its own, and whoever held which address. */
class Subject {
  readonly network: Network;
  readonly uid: string;
  readonly chain: string[] = [GENESIS];
  readonly #holders: Map<string, string[]>;

  private constructor(network: Network, uid: string, holders: Map<string, string[]>) {
    this.network = network;
    this.uid = uid;
    this.#holders = holders;
  }

  static async start(
    network: Network,
    holders: Map<string, string[]>,
    nodes: number,
    blocks: number,
  ): Promise<Subject> {
    await network.declare(nodes);
    const { metadata } = await network.converged(nodes);
    const subject = new Subject(network, metadata.uid, holders);
    await subject.mine(blocks);
    return subject;
  }

  async mine(blocks: number): Promise<void> {
    const call = this.network.software === BTCD ? ['generate', `${blocks}`] : ['generatetoaddress', `${blocks}`, DEFAULT_MINING_ADDRESS]; // prettier-ignore
    this.chain.push(...(JSON.parse(await this.network.ask(0, ...call)) as string[]));
  }

  /** All nodes are on this chain's tip, and connected to each other and to nobody else. */
  async isWhole(nodes: number): Promise<void> {
    await this.network.converged(nodes);
    expect(await this.network.sameTip(nodes, this.chain.length - 1)).toBe(this.chain.at(-1));
    await this.network.fullMesh(nodes);
    await this.look();
  }

  /** What the nodes show that answer now: blocks of this chain only, peers of this network only. */
  async look(): Promise<void> {
    await Promise.all(
      (await this.#pods()).map(async ({ ordinal, address }) => {
        this.#note(address);
        const tip = await this.network.ask(ordinal, 'getbestblockhash').catch(() => GENESIS);
        expect(this.chain).toContain(tip);
        const peers = JSON.parse(await this.network.ask(ordinal, 'getpeerinfo').catch(() => '[]')) as {
          subver: string;
        }[];
        // It is empty until the other end has introduced itself.
        const strangers = peers.filter(({ subver }) => subver !== '' && !subver.includes(this.uid));
        expect(strangers).toEqual([]);
      }),
    );
  }

  async #pods(): Promise<{ ordinal: number; address: string }[]> {
    const { name } = this.network;
    const text = await this.network.kubectl('get', 'pods', '-l', `app=${name}`, '-o', 'json');
    const { items } = JSON.parse(text) as { items: { metadata: { name: string }; status: { podIP?: string } }[] };
    return items.flatMap(({ metadata, status: { podIP } }) =>
      podIP === undefined ? [] : [{ ordinal: Number(metadata.name.replace(/^.*-/, '')), address: podIP }],
    );
  }

  /** Remembers by whom an address was held, one after the other. */
  #note(address: string): void {
    const holders = this.#holders.get(address) ?? [];
    if (holders.at(-1) !== this.uid) this.#holders.set(address, [...holders, this.uid]);
  }
}

/** One is scaled down while the other scales up; all the while their nodes are looked at. */
async function exchange(shrinking: Subject, growing: Subject): Promise<void> {
  await Promise.all([shrinking.network.scale(FEW), growing.network.scale(MANY)]);
  let over = false;
  const looks = async (): Promise<void> => {
    while (!over) {
      await Promise.all([shrinking.look(), growing.look()]);
      await sleep(BETWEEN_LOOKS_MS);
    }
  };
  const done = Promise.all([shrinking.isWhole(FEW), growing.isWhole(MANY)]).finally(() => {
    over = true;
  });
  await Promise.all([done, looks()]);
}

describe.each(UNDER_TEST)('two networks that run %s', (_, software) => {
  test('take over each other’s addresses, and their chains never join', async () => {
    await runWorker(await software.workerSettings());
    giveAddressesBack = makeAddressesScarce(ADDRESSES);
    const holders = new Map<string, string[]>();
    const long = await Subject.start(new Network(namespace, 'long', software), holders, MANY, 9);
    const short = await Subject.start(new Network(namespace, 'short', software), holders, FEW, 4);
    for (let round = 0; round < ROUNDS; round += 1) {
      const [shrinking, growing] = round % 2 === 0 ? [long, short] : [short, long];
      await exchange(shrinking, growing);
      await shrinking.mine(1);
      await shrinking.isWhole(FEW);
    }
    expect([...holders.values()].filter((uids) => uids.length > 1)).not.toEqual([]);
    expect(holders.size).toBe(ADDRESSES);
    expect([long.chain.length, short.chain.length]).toEqual([1 + 9 + 1, 1 + 4 + 1]);
  });
});
