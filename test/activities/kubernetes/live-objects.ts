/** Builders of objects as the API server returns them. */
import type { LivePod, LiveSecret } from '../../../activities/kubernetes/objects.ts';
import { containerName, networkLabels, podName, statefulSetName } from '../../../workflows/names.ts';

/** A pod of `my-network` that is ready, unless told otherwise. */
export function aLivePod(
  ordinal: number,
  overrides: { status?: LivePod['status']; metadata?: Partial<LivePod['metadata']> } = {},
): LivePod {
  const name = podName('my-network', ordinal);
  return {
    metadata: {
      name,
      namespace: 'default',
      uid: `pod-${ordinal}`,
      resourceVersion: '1',
      labels: networkLabels('my-network'),
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'StatefulSet',
          name: statefulSetName('my-network'),
          uid: 'set-1',
          controller: true,
        },
      ],
      ...overrides.metadata,
    },
    status: overrides.status ?? {
      podIP: `10.0.0.${ordinal + 1}`,
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        { name: containerName('my-network'), state: { running: { startedAt: '2026-01-01T00:00:00Z' } } },
      ],
    },
  };
}

/** A Secret of plain values. */
export const aLiveSecret = (name: string, values: Record<string, string>): LiveSecret => ({
  metadata: { name, namespace: 'default', uid: `${name}-uid`, resourceVersion: '7' },
  data: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
});
