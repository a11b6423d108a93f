/**
 * The kept histories: JSON as Temporal's tools write and read it, one event to a line. The folder only grows: `SHA256SUMS` in it
 * has a line for every file, in the format of `sha256sum`.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_TASK_QUEUE } from '../../workflows/names.ts';

export const HISTORIES = join(import.meta.dirname, 'histories');
const SUMS = 'SHA256SUMS';

/** What the tests and the recorder read of an event; the rest is carried along. */
interface HistoryEvent {
  eventType: string;
  workflowExecutionStartedEventAttributes?: { workflowId: string; originalExecutionRunId: string };
  workflowExecutionContinuedAsNewEventAttributes?: { newExecutionRunId: string };
}

export interface History {
  events: HistoryEvent[];
}

export interface Kept {
  /** `<story>.<recording>.<run>.json` */
  file: string;
  text: string;
  history: History;
}

export function kept(folder: string): Kept[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      return { file, text, history: JSON.parse(text) as History };
    });
}

export function storyOf({ file }: Kept): string {
  return file.slice(0, file.indexOf('.'));
}

const ENDS: Readonly<Record<string, string>> = {
  EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED: 'completed',
  EVENT_TYPE_WORKFLOW_EXECUTION_FAILED: 'failed',
  EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED: 'canceled',
  EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW: 'continued as new',
};

/** How the workflow has ended; `open`: it had not when the history was recorded. */
export const endOf = ({ events }: History): string => ENDS[events.at(-1)?.eventType ?? ''] ?? 'open';

/**
 * Keeps the runs of a story beside those that are there: a new recording gets the next number, and no file is ever written twice.
 *
 * @returns the names of the new files
 */
export function keep(folder: string, story: string, runs: readonly string[]): string[] {
  mkdirSync(folder, { recursive: true });
  const recordings = kept(folder).filter((one) => storyOf(one) === story);
  const number = Math.max(0, ...recordings.map(({ file }) => Number(file.split('.')[1]))) + 1;
  return runs.map((text, index) => {
    const file = `${story}.${number}.${index + 1}.json`;
    writeFileSync(join(folder, file), text, { flag: 'wx' });
    appendFileSync(join(folder, SUMS), `${sha256(text)}  ${file}\n`);
    return file;
  });
}

/** What was done to a folder besides adding to it: a sentence for each file that was changed, removed, or put there without its sum. */
export function tampering(folder: string): string[] {
  const list = join(folder, SUMS);
  const sums = new Map(
    (existsSync(list) ? readFileSync(list, 'utf8') : '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line): [string, string] => [line.slice(66), line.slice(0, 64)]),
  );
  const files = kept(folder);
  const there = new Set(files.map(({ file }) => file));
  return [
    ...[...sums.keys()].filter((file) => !there.has(file)).map((file) => `${file} was removed`),
    ...files.filter(({ file }) => !sums.has(file)).map(({ file }) => `${file} is not in ${SUMS}`),
    ...files
      .filter(({ file, text }) => sums.has(file) && sums.get(file) !== sha256(text))
      .map(({ file }) => `${file} was changed`),
  ];
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Fields that name a machine, a process or a path on it. No replay needs them. */
const TRACES = new Set(['identity', 'stackTrace']);

/** A history as it is kept: without traces of the machine on which it was recorded. */
export function scrubbed(history: History): string {
  const clean = (key: string, value: unknown): unknown => {
    if (TRACES.has(key)) return undefined;
    // The queue that a worker keeps for itself is named after its host.
    if (key === 'taskQueue') return { name: DEFAULT_TASK_QUEUE, kind: 'TASK_QUEUE_KIND_NORMAL' };
    return value;
  };
  return `{"events":[\n${history.events.map((event) => JSON.stringify(event, clean)).join(',\n')}\n]}\n`;
}

/** A history with its payloads as text, for looking into them. */
export function readable(history: History): string {
  return JSON.stringify(history, (key, value: unknown) =>
    key === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : value,
  );
}
