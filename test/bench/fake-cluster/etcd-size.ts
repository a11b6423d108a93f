/** What the objects of the cluster take in etcd, with their revisions of the last minutes. */
import { request } from 'undici';
import { LOOPBACK, PORTS } from '../../../deploy/local/addresses.ts';

const IN_USE = /^etcd_mvcc_db_total_size_in_use_in_bytes (\S+)$/m;

/** MB in use now; the file itself can be larger, for it never shrinks. */
export async function etcdMb(): Promise<number> {
  const { body } = await request(`http://${LOOPBACK}:${PORTS.etcdMetrics}/metrics`);
  return Number(IN_USE.exec(await body.text())?.[1]) / 1e6;
}
