/** Everything exported here is registered as a workflow type: workflows and nothing else. */
export { bitcoinNetwork } from './bitcoin-network.ts';
export { watchCluster } from './watch-cluster.ts';
export { watchNodes } from './watch-nodes.ts';
