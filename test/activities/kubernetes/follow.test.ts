/** Following, against a small API server that answers by script. */
import { expect, test } from '@jest/globals';
import type { ApiCall, Cluster } from '../../../activities/kubernetes/cluster.ts';
import { ApiError } from '../../../activities/kubernetes/errors.ts';
import { follow } from '../../../activities/kubernetes/follow.ts';
import { PODS } from '../../../activities/kubernetes/objects.ts';

type Script = (call: ApiCall) => Iterable<string> | Error;

const pod = (name: string, resourceVersion: string): object => ({
  metadata: { name, namespace: 'default', uid: name, resourceVersion },
});
const line = (type: string, object: object): string => JSON.stringify({ type, object });
const refused = (call: ApiCall, status: number | null): ApiError =>
  new ApiError(call.subject, { status, fault: 'ECONNREFUSED' });

/** Answers each watch by the next script; after the last one the follower is stopped. */
async function followed(lists: object[][], scripts: Script[], onChange?: () => void) {
  const stop = new AbortController();
  const seen: string[] = [];
  const watched: string[] = [];
  const troubles: unknown[] = [];
  let listed = 0;
  const cluster: Cluster = {
    config: null as never,
    close: () => Promise.resolve(),
    call: (call) => {
      const items = lists[listed];
      listed += 1;
      if (items === undefined) return Promise.reject(refused(call, null));
      return Promise.resolve({ metadata: { resourceVersion: `list-${listed}` }, items });
    },
    lines: async function* (call) {
      await Promise.resolve();
      watched.push(String(call.query?.['resourceVersion']));
      const script = scripts.shift();
      if (script === undefined) {
        stop.abort();
        return;
      }
      const answer = script(call);
      if (answer instanceof Error) throw answer;
      yield* answer;
    },
  };
  await follow(cluster, {
    kind: PODS,
    keep: ({ metadata }) => metadata.name,
    onList: (names) => seen.push(`list ${names.join(',')}`),
    onChange: (change, name) => {
      seen.push(`${change} ${name}`);
      onChange?.();
    },
    onTrouble: (error) => troubles.push(error),
    signal: stop.signal,
  });
  return { seen, watched, troubles };
}

test('what was there and what changes is told, and a watch that ends goes on where it was', async () => {
  const { seen, watched, troubles } = await followed(
    [[pod('a', '1')]],
    [() => [line('ADDED', pod('b', '5')), line('BOOKMARK', pod('', '9'))], () => [line('DELETED', pod('a', '12'))]],
  );
  expect(seen).toEqual(['list a', 'changed b', 'deleted a']);
  expect(watched).toEqual(['list-1', '9', '12']);
  expect(troubles).toEqual([]);
});

test('half a line is a cut, not a change: the watch goes on before it', async () => {
  const { seen, watched, troubles } = await followed(
    [[]],
    [() => [line('ADDED', pod('a', '5')), '{"type":"ADDED","obj'], () => [line('ADDED', pod('b', '6'))]],
  );
  expect(seen).toEqual(['list ', 'changed a', 'changed b']);
  expect(watched).toEqual(['list-1', '5', '6']);
  expect(troubles).toMatchObject([{ fault: 'TRUNCATED' }]);
});

test('a refused connection is tried again where the watch was', async () => {
  const { watched, troubles } = await followed([[]], [(call) => refused(call, null), (call) => refused(call, 503)]);
  expect(watched).toEqual(['list-1', 'list-1', 'list-1']);
  expect(troubles).toHaveLength(2);
});

test.each<[string, Script]>([
  ['as an answer', (call) => refused(call, 410)],
  ['in the stream', () => [line('ERROR', { kind: 'Status', code: 410, reason: 'Expired' })]],
])('a place that is too old, said %s, makes it list again', async (_how, expired) => {
  const { seen, watched, troubles } = await followed([[pod('a', '1')], [pod('b', '2')]], [expired]);
  expect(seen).toEqual(['list a', 'list b']);
  expect(watched).toEqual(['list-1', 'list-2']);
  expect(troubles).toEqual([]);
});

test('a mistake in a callback is told and ends nothing', async () => {
  const { seen, watched, troubles } = await followed(
    [[]],
    [() => [line('ADDED', pod('a', '5')), line('ADDED', pod('b', '6'))]],
    () => {
      throw new Error('mistake');
    },
  );
  expect(seen).toEqual(['list ', 'changed a', 'changed b']);
  expect(watched.at(-1)).toBe('6');
  expect(troubles).toHaveLength(2);
});
