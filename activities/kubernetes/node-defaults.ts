/** What a network's nodes run when its spec leaves that open. */
import type { Implementation, NetworkSpec } from '../../workflows/spec.ts';

/** The installation's choice. */
export interface NodeDefaults {
  implementation: Implementation;
  /** Image for that implementation; null or empty: the one of {@link IMAGES}. */
  image?: string | null | undefined;
}

/** Images when neither the network nor the installation names one. The first is the original controller's. */
export const IMAGES: Readonly<Record<Implementation, string>> = {
  'bitcoin-core': 'christianb93/bitcoind:v1.0',
  btcd: 'btcnet/btcd:0.26.2',
};

export const implementationOf = (spec: NetworkSpec, defaults: NodeDefaults): Implementation =>
  spec.implementation ?? defaults.implementation;

export function imageOf(spec: NetworkSpec, defaults: NodeDefaults): string {
  if (spec.image !== undefined && spec.image !== '') return spec.image;
  const implementation = implementationOf(spec, defaults);
  const installed = implementation === defaults.implementation ? defaults.image : null;
  return installed !== undefined && installed !== null && installed !== '' ? installed : IMAGES[implementation];
}
