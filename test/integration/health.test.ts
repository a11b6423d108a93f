/** The probes under the service account and the rights of deploy/rbac.yaml. */
import { afterAll, expect, jest, test } from '@jest/globals';
import { freePort, healthOf } from '../support/worker-process.ts';
import { runWorker } from '../support/stack.ts';

jest.setTimeout(120_000);

afterAll(async () => {
  await runWorker();
});

test('the worker may make its own checks, and is ready', async () => {
  const port = await freePort();
  await runWorker({ BTCNET_HEALTH_PORT: String(port) });
  const { askUntil } = healthOf(port);
  expect(await askUntil('/readyz', (_text, status) => status === 200)).toBe(
    '[+]worker ok\n[+]temporal ok\n[+]kubernetes ok\nreadyz check passed\n',
  );
  expect(await askUntil('/metrics', () => true)).toContain('btcnet_check_ok{check="kubernetes"} 1\n');
});
