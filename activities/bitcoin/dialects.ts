/** The dialect of every implementation that a network can declare. */
import type { Implementation } from '../../workflows/spec.ts';
import type { Dialect } from './dialect.ts';
import { btcd } from './dialects/btcd.ts';
import { core } from './dialects/core.ts';

export const DIALECTS: Readonly<Record<Implementation, Dialect>> = { 'bitcoin-core': core, btcd };
