/** The part of a network that manifests are made from. */
import type { NetworkSpec } from '../../../workflows/spec.ts';

/** A `BitcoinNetwork`, or as much of it as the builders need. */
export interface NetworkSource {
  metadata: { name: string; namespace: string; uid: string };
  spec: NetworkSpec;
}
