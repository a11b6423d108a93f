/**
 * Histories as the JSON that Temporal's tools write and read. The SDK's own conversion asks for one copy of protobufjs in the whole
 * tree; this one takes the copy that the messages were made with.
 */
import { createRequire } from 'node:module';
import proto from '@temporalio/proto';
import type { History as HistoryMessage } from '@temporalio/common/lib/proto-utils.js';

interface ProtoJson {
  toJson: (type: unknown, message: HistoryMessage) => unknown;
  fromJson: (type: unknown, json: unknown, options: { ignoreUnknownFields: boolean }) => HistoryMessage;
}

const nearby = createRequire(createRequire(import.meta.url).resolve('@temporalio/proto'));
const { toJson, fromJson } = nearby('protobufjs/ext/protojson') as ProtoJson;
const HISTORY = (proto as unknown as { lookupType: (name: string) => unknown }).lookupType(
  'temporal.api.history.v1.History',
);

export type { HistoryMessage };

export const toProtoJson = (history: HistoryMessage): unknown =>
  toJson(HISTORY, proto.temporal.api.history.v1.History.fromObject(history));

/** A later server may have written fields that this version does not know. */
export const fromProtoJson = (json: unknown): HistoryMessage => fromJson(HISTORY, json, { ignoreUnknownFields: true });
