/** One Temporal namespace belongs to one cluster. */
import { expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { Dependencies } from '../../../activities/dependencies.ts';
import { clusterIdentity } from '../../../activities/kubernetes/cluster-identity.ts';
import { watchCluster } from '../../../activities/watch-cluster.ts';
import { useCluster } from './cluster-under-test.ts';

const bench = useCluster();

test('a watch that belongs to another cluster is refused; both are named, and what to do', async () => {
  const own = await clusterIdentity(bench.writer.cluster);
  const other = '00000000-0000-4000-8000-000000000000';
  // It is refused before anything but the cluster is asked for.
  const dependencies = bench.writer as Dependencies;
  const watching: Promise<unknown> = new MockActivityEnvironment().run(
    (cluster: string) => watchCluster(dependencies, { cluster }, AbortSignal.timeout(30_000)),
    other,
  );
  await expect(watching).rejects.toMatchObject({
    failure: { reason: 'ForeignCluster', message: expect.stringContaining('use one namespace per cluster') },
    permanent: false,
  });
  await expect(watching).rejects.toThrow(own);
  await expect(watching).rejects.toThrow(other);
});
