/** One scenario, in a process of its own: `node test/bench/run-scenario.ts NAME SIZE`, with a parent that listens. */
import { StackError } from '../../deploy/local/stack-error.ts';
import { fleet } from './fleet/scenario.ts';
import { lifecycle } from './lifecycle/scenario.ts';
import { peering } from './peering/scenario.ts';
import { price } from './price/scenario.ts';
import type { BenchContext, Figure, Size } from './scenario.ts';
import type { Told } from './scenarios.ts';

const RUNS: Readonly<Record<string, (context: BenchContext) => Promise<Figure[]>>> = {
  lifecycle,
  peering,
  fleet,
  price,
};

const [name = '', size = ''] = process.argv.slice(2);
const tell = (told: Told): void => {
  process.send?.(told);
};
try {
  const run = RUNS[name];
  if (run === undefined) throw new StackError(`There is no scenario "${name}".`);
  const note = (text: string): void => {
    tell({ note: text });
  };
  tell({ figures: await run({ size: size as Size, note }) });
  process.disconnect();
} catch (error) {
  console.error(error instanceof StackError ? error.message : error);
  process.exit(1);
}
