/** One schedule after the other: a network is made, suffers what its seed says, and must be as declared in the end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { API_VERSION, KIND, PASSWORD_KEY, podName, USER_KEY } from '../../workflows/names.ts';
import { CREDENTIALS, NAMESPACE } from '../bench/peering/networks.ts';
import { Stage } from './stage.ts';
import { Deeds } from './deeds.ts';
import { flawsOf, flawsOfWorkflows } from './outside.ts';
import { describeAct, nodesAfter, scheduleOf } from './schedule.ts';

/** A network that nobody touches, with the same credentials: whatever goes wrong beside it, it must stay as it is. */
const BYSTANDER = { namespace: 'bystander', name: 'bystander', nodes: 3 } as const;

/** Milliseconds in which a network has to be as declared after the last fault has ended, and between two looks. */
const CONVERGED_WITHIN_MS = 180_000;
const LOOK_MS = 500;

/** What came of one schedule. */
export interface Outcome {
  seed: number;
  /** One line for each step. */
  steps: string[];
  nodes: number;
  /** Seconds from the end of the last fault until everything was seen to be as it should be; null: it never was. */
  seconds: number | null;
  /** What was wrong at the last look. */
  flaws: string[];
}

export class Campaign {
  readonly #stage: Stage;

  private constructor(stage: Stage) {
    this.#stage = stage;
  }

  static async open(note: (text: string) => void): Promise<Campaign> {
    const stage = await Stage.open(note);
    const { namespace, name, nodes } = BYSTANDER;
    const secret = {
      metadata: { namespace, name },
      stringData: { [USER_KEY]: CREDENTIALS.user, [PASSWORD_KEY]: CREDENTIALS.password },
    };
    const objects = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      { apiVersion: 'v1', kind: 'Secret', ...secret },
      { apiVersion: API_VERSION, kind: KIND, metadata: { namespace, name }, spec: { nodes, secret: name } },
    ];
    for (const object of objects)
      await stage.cluster.kubectl.run(['create', '-f', '-'], { input: JSON.stringify(object) });
    await until(() => flawsOf(stage, namespace, name, nodes));
    return new Campaign(stage);
  }

  close(): Promise<void> {
    return this.#stage.close();
  }

  async run(seed: number, note: (text: string) => void): Promise<Outcome> {
    const schedule = scheduleOf(seed);
    const name = `seed-${String(seed)}`;
    const steps = schedule.steps.map(({ afterMs, act }) => `+${String(afterMs)} ms: ${describeAct(act)}`);
    const nodes = nodesAfter(schedule);
    const deeds = await Deeds.on(this.#stage, name, schedule.nodes);
    await deeds.declare(schedule.nodes);
    for (const [index, step] of schedule.steps.entries()) {
      note(`seed ${String(seed)}: ${steps[index] ?? ''}`);
      await deeds.carryOut(step);
    }
    await deeds.calm();
    const begun = performance.now();
    const flaws = await until(() => this.#flaws(name, nodes));
    const seconds = flaws.length === 0 ? (performance.now() - begun) / 1_000 : null;
    // Equal heights of two forks never resolve by themselves: one more block shows whether all are one network.
    const forked = flaws.length > 0 ? flaws : await this.#afterABlock(name, nodes);
    await this.#stage.cluster.kubectl.run(['delete', `bitcoinnetwork/${name}`, '-n', NAMESPACE, '--wait=true']);
    const left = await until(() => flawsOfWorkflows([[BYSTANDER.namespace, BYSTANDER.name]]));
    return { seed, steps, nodes, seconds: forked.length > 0 ? null : seconds, flaws: [...forked, ...left] };
  }

  async #afterABlock(name: string, nodes: number): Promise<string[]> {
    if (nodes === 0) return [];
    const address = this.#stage.sight.addressOf(`${NAMESPACE}/${podName(name, nodes - 1)}`);
    if (address === null) return ['the last node has no address'];
    const tip = this.#stage.farm.at(address).mine();
    return until(async () => {
      const flaws = await this.#flaws(name, nodes);
      const elsewhere = this.#stage.farm.at(address).tip === tip ? [] : ['the new block was given up'];
      return [...flaws, ...elsewhere];
    });
  }

  async #flaws(name: string, nodes: number): Promise<string[]> {
    const { namespace, name: bystander, nodes: count } = BYSTANDER;
    const own = await flawsOf(this.#stage, NAMESPACE, name, nodes);
    const others = await flawsOf(this.#stage, namespace, bystander, count);
    const workflows = await flawsOfWorkflows([
      [NAMESPACE, name],
      [namespace, bystander],
    ]);
    return [...own, ...others.map((flaw) => `bystander: ${flaw}`), ...workflows];
  }
}

/** Looks until there is no flaw; returns those of the last look. */
async function until(look: () => Promise<string[]>): Promise<string[]> {
  const deadline = performance.now() + CONVERGED_WITHIN_MS;
  for (;;) {
    const flaws = await look().catch((error: unknown) => [error instanceof Error ? error.message : String(error)]);
    if (flaws.length === 0 || performance.now() > deadline) return flaws;
    await sleep(LOOK_MS);
  }
}
