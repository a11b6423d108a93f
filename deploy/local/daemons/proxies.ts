import { CLUSTER_DOMAIN, LOOPBACK, POD_SUBNET, SERVICE_SUBNET } from '../addresses.ts';

/** Where nothing goes through a proxy of the caller's: the API server calls the kubelet at an address of the pods' subnet. */
const DIRECT = ['localhost', LOOPBACK, POD_SUBNET, SERVICE_SUBNET, `.${CLUSTER_DOMAIN}`];

/** The caller's environment, with the cluster's own addresses added to those that are called without a proxy. */
export function withDirectCluster(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = environment['NO_PROXY'] ?? environment['no_proxy'] ?? '';
  const direct = [...new Set([...own.split(',').filter(Boolean), ...DIRECT])].join(',');
  return { ...environment, NO_PROXY: direct, no_proxy: direct };
}
