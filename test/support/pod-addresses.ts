/** Makes the pods' addresses scarce, as on a subnet of a handful. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CNI_NETWORK_NAME } from '../../deploy/local/addresses.ts';
import { paths } from '../../deploy/local/locations.ts';

/** Third number of the pods' addresses that are left over, far from those that are given out first. */
const FAR_AWAY = 250;

interface Ipam {
  plugins: { ipam: { ranges: { subnet: string; rangeStart?: string; rangeEnd?: string }[][] } }[];
}

/**
 * New pods get one of so many addresses and wait where none is left; pods that run keep theirs.
 * @returns what ends that. A run that is killed before is forgiven by the next `up`, which writes the file anew.
 */
export function makeAddressesScarce(count: number): () => void {
  const file = join(paths.cniConfig(), '10-btcnet.conflist');
  const before = readFileSync(file, 'utf8');
  const config = JSON.parse(before) as Ipam;
  for (const range of config.plugins.flatMap(({ ipam }) => ipam.ranges.flat())) {
    const [first, second] = range.subnet.split('.');
    const start = firstOfFree(`${String(first)}.${String(second)}.${String(FAR_AWAY)}`, count);
    range.rangeStart = start(0);
    range.rangeEnd = start(count - 1);
  }
  writeFileSync(file, JSON.stringify(config));
  return () => {
    writeFileSync(file, before);
  };
}

/** The first addresses in a row that no pod has. */
function firstOfFree(prefix: string, count: number): (offset: number) => string {
  const isTaken = (address: string): boolean => existsSync(join(paths.addresses(), CNI_NETWORK_NAME, address));
  for (let first = 1; first + count < 255; first += 1) {
    const address = (offset: number): string => `${prefix}.${String(first + offset)}`;
    if (Array.from({ length: count }, (_, offset) => address(offset)).every((one) => !isTaken(one))) return address;
  }
  throw new Error(`There are no ${String(count)} free addresses in a row in ${prefix}.0/24.`);
}
