/** The gate before every change of the workflows' code: whatever runs already must be able to go on. See docs/versioning.md. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { Worker, type WorkflowBundleOption } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { devServer } from '../support/temporal.ts';
import { endOf, HISTORIES, keep, kept, readable, scrubbed, storyOf, tampering, type Kept } from './histories.ts';
import { bundleWith } from './planted.ts';
import { fromProtoJson } from './proto-json.ts';
import { record } from './record.ts';
import { STORIES } from './stories.ts';

jest.setTimeout(120_000);

const histories = kept(HISTORIES);
const currentCode: WorkflowBundleOption = { codePath: process.env['BTCNET_TEST_BUNDLE'] ?? '' };

/** Replays the histories on the code; returns the files that do not fit it, each with the reason. */
async function misfits(workflowBundle: WorkflowBundleOption, replayed: readonly Kept[]): Promise<Map<string, Error>> {
  const files = new Map(replayed.map(({ file, history }) => [startOf(history).originalExecutionRunId, file]));
  const found = new Map<string, Error>();
  const results = Worker.runReplayHistories(
    { workflowBundle },
    replayed.map(({ history }) => ({ workflowId: startOf(history).workflowId, history: fromProtoJson(history) })),
  );
  for await (const { runId, error } of results) {
    const file = files.get(runId);
    if (file === undefined) throw new Error(`the replay tells of the run ${runId}, which was not asked for`);
    files.delete(runId);
    if (error) found.set(file, error);
  }
  if (files.size > 0) throw new Error(`not replayed: ${[...files.values()].join(', ')}`);
  return found;
}

function startOf({ events: [first] }: Kept['history']) {
  const start = first?.workflowExecutionStartedEventAttributes;
  if (!start) throw new Error('a history begins with the start of its workflow');
  return start;
}

describe('the kept histories', () => {
  test('replay on the current code', async () => {
    expect(await misfits(currentCode, histories)).toEqual(new Map());
  });

  test('tell every story, of workflows that have ended in any way and of those that still run', () => {
    expect(new Set(histories.map(storyOf))).toEqual(new Set(Object.keys(STORIES)));
    const ends = new Set(histories.map(({ history }) => endOf(history)));
    expect(ends).toEqual(new Set(['completed', 'failed', 'canceled', 'continued as new', 'open']));
  });

  test('are what they were when they were recorded', () => {
    expect(tampering(HISTORIES)).toEqual([]);
  });

  test('say nothing of the machine on which they were recorded', () => {
    for (const { file, text, history } of histories) {
      expect({ file, text: scrubbed(history) }).toEqual({ file, text });
      expect({ file, paths: readable(history).match(/file:\/\/|[\s"'(]\/[\w.-]+\/[\w.-]+/g) }).toEqual({
        file,
        paths: null,
      });
    }
  });
});

describe('the folder of histories', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'btcnet-histories-'));
    cpSync(HISTORIES, folder, { recursive: true });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  test('takes another recording of a story beside the first', () => {
    expect(keep(folder, 'cancelled', ['{"events":[]}'])).toEqual(['cancelled.2.1.json']);
    expect(tampering(folder)).toEqual([]);
    expect(readFileSync(join(folder, 'cancelled.1.1.json'))).toEqual(
      readFileSync(join(HISTORIES, 'cancelled.1.1.json')),
    );
  });

  test('notices a history that was changed, removed, or put there by hand', () => {
    const changed = join(folder, 'mined.1.1.json');
    writeFileSync(changed, readFileSync(changed, 'utf8').replace('"eventId":"7"', '"eventId":"8"'));
    rmSync(join(folder, 'nothing-there.1.1.json'));
    writeFileSync(join(folder, 'smuggled.1.1.json'), '{"events":[]}');
    expect(tampering(folder)).toEqual([
      'nothing-there.1.1.json was removed',
      'smuggled.1.1.json is not in SHA256SUMS',
      'mined.1.1.json was changed',
    ]);
  });
});

describe('a story that is recorded today', () => {
  test('replays, and says nothing of this machine', async () => {
    const environment = await devServer();
    try {
      const [text = ''] = await record(environment, 'mined');
      const recorded: Kept = { file: 'mined', text, history: JSON.parse(text) as Kept['history'] };
      expect(await misfits(currentCode, [recorded])).toEqual(new Map());
      expect(text).not.toMatch(/identity|stackTrace|STICKY/);
    } finally {
      await environment.teardown();
    }
  });
});

describe('a change of the workflows', () => {
  const PASS = { file: 'bitcoin-network.ts', text: 'network.passes += 1;' };
  const WATCHES = [
    { file: 'watch-cluster.ts', text: 'await activity.watchCluster({ cluster });' },
    { file: 'watch-nodes.ts', text: 'const next = await activity.watchNodes({ cluster, shard, shards });' },
  ];

  test('that adds a timer to every pass and to the watches does not fit any history', async () => {
    const code = await bundleWith([
      { ...PASS, becomes: `await sleep('1s'); ${PASS.text}` },
      ...WATCHES.map((watch) => ({ ...watch, becomes: `await sleep('1s'); ${watch.text}` })),
    ]);
    const found = await misfits(code, histories);
    expect([...found.keys()].sort()).toEqual(histories.map(({ file }) => file));
    for (const error of found.values()) expect(error).toBeInstanceOf(DeterminismViolationError);
  });

  test('that adds them behind patched() fits all histories', async () => {
    const code = await bundleWith([
      { ...PASS, becomes: `if (patched('a-timer')) await sleep('1s'); ${PASS.text}` },
      ...WATCHES.map((watch) => ({ ...watch, becomes: `if (patched('a-timer')) await sleep('1s'); ${watch.text}` })),
    ]);
    expect(await misfits(code, histories)).toEqual(new Map());
  });

  test('that no longer waits for pods and connections does not fit the histories of those who waited', async () => {
    const waits = { file: 'pause.ts', text: 'if (wait && (await firstOf(network, wait))) return;' };
    const found = await misfits(await bundleWith([{ ...waits, becomes: '' }]), histories);
    const waited = histories.filter(({ text }) => /"name":"await(PodReadiness|Peering)"/.test(text));
    expect([...found.keys()].sort()).toEqual(waited.map(({ file }) => file));
  });
});
