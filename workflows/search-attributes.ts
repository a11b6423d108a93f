/**
 * What networks can be found by in Temporal's list of workflows, where the namespace has these attributes: two Keywords, because
 * servers on a SQL database have ten in all.
 */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/** How far a network is: `Starting`, `Settling`, `Settled`, `Paused`, `Deleting`. */
export const PHASE_ATTRIBUTE = defineSearchAttributeKey('BtcnetPhase', SearchAttributeType.KEYWORD);

/** Reason of what stands in its way, as its conditions say it; not set when nothing does. */
export const REASON_ATTRIBUTE = defineSearchAttributeKey('BtcnetReason', SearchAttributeType.KEYWORD);

export const SEARCH_ATTRIBUTES = [PHASE_ATTRIBUTE, REASON_ATTRIBUTE] as const;
