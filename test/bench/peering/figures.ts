/** How the scenario `peering` names its figures. */

/** Milliseconds that a node takes for an answer. */
export const PEERING_LATENCIES = [0, 20] as const;

const what = (nodes: number, latencyMs: number): string => `${nodes} nodes, ${latencyMs} ms`;

/** By the number of nodes and the latency. */
const figure =
  (rest: string) =>
  (nodes: number, latencyMs: number): string =>
    `${what(nodes, latencyMs)}${rest}`;

export const PEERING_FIGURES = {
  seconds: figure(': last pod Ready to last edge confirmed'),
  requests: figure(': requests in that time'),
  calls: figure(': RPC calls in that time'),
  requestsInAll: figure(': requests since the declaration'),
  verified: figure(': requests to verify that nothing has changed'),
  edges: figure(': connections'),
  memory: figure(': memory of the worker'),
  /** With the seconds of the original's way as the baseline. */
  oneByOneSeconds: figure(': against one by one'),
  oneByOneAdded: figure(': addnode calls, one by one'),
  oneByOneRequests: figure(': requests, one by one'),
  replacedSeconds: figure(', 1 % replaced: time'),
  replacedEdges: figure(', 1 % replaced: edges moved'),
  replacedRequests: figure(', 1 % replaced: requests'),
  moreSeconds: figure(', 10 % more: time'),
  moreEdges: figure(', 10 % more: edges moved'),
  moreRequests: figure(', 10 % more: requests'),
  fewerSeconds: figure(', 10 % fewer: time'),
  fewerEdges: figure(', 10 % fewer: edges moved'),
  fewerRequests: figure(', 10 % fewer: requests'),
} as const;

/** Matches the figure that there is for each number of nodes, which is its first group. */
export const PEERING_SIZES = (latencyMs: number): RegExp =>
  new RegExp(`^(\\d+) nodes, ${latencyMs} ms: last pod Ready`);

/** The exponent of the time's growth. */
export const growthName = (latencyMs: number): string => `growth of the time from 100 nodes on, ${latencyMs} ms`;
