/** The way to the API server: one pool of kept-alive connections, a timeout on every call, plain JSON in and out. */
import { HttpMethod, RequestContext } from '@kubernetes/client-node';
import type { KubeConfig } from '@kubernetes/client-node';
import { createInterface } from 'node:readline';
import { request } from 'undici';
import type { Dispatcher } from 'undici';
import { ApiError, faultCode, statusBody } from './errors.ts';
import type { Subject } from './errors.ts';
import { KeptAliveKubeConfig } from './kept-alive-config.ts';

/** Milliseconds that one ordinary call may take: a list of 500 pods needs some 100. */
export const CALL_TIMEOUT_MS = 10_000;

/** Milliseconds to connect and to get the head of an answer. */
const CONNECT_TIMEOUT_MS = 10_000;

/** What the client library assumes when it finds no configuration at all. */
const LIBRARY_FALLBACK = 'http://localhost:8080';

export interface ApiCall {
  method: keyof typeof HttpMethod & ('GET' | 'POST' | 'PATCH' | 'DELETE');
  /** Path from the root of the API server: `/api/v1/namespaces/default/services/x` */
  path: string;
  query?: Record<string, string | number | boolean | undefined>;
  /** Sent as JSON. */
  body?: unknown;
  /** `application/json` unless given. */
  contentType?: string;
  subject: Subject;
  /** What is wanted of the object; all of it as JSON unless given. */
  accept?: string;
  signal?: AbortSignal | undefined;
  /** {@link CALL_TIMEOUT_MS} unless given. */
  timeoutMs?: number;
}

export interface Cluster {
  /**
   * One call; returns the answer's JSON.
   *
   * @throws ApiError when the server refuses or does not answer; the signal's reason when it was aborted
   */
  call(call: ApiCall): Promise<unknown>;
  /**
   * The lines of an answer that goes on: ends when the server ends it.
   *
   * @param inactivityMs longest silence before the connection counts as dead
   * @param onOpen told when the server has accepted, which may be long before the first line
   * @throws ApiError when the server refuses or the connection is cut
   */
  lines(call: ApiCall, inactivityMs: number, onOpen?: () => void): AsyncGenerator<string, void>;
  /** For what needs more than calls, like port forwarding. */
  readonly config: KubeConfig;
  close(): Promise<void>;
}

export interface ClusterOptions {
  /** Path of a kubeconfig. Left out: `KUBECONFIG`, `~/.kube/config` or the account of the pod, in this order. */
  kubeconfig?: string | undefined;
}

/** @throws Error when there is no usable kubeconfig; nothing is asked of the cluster yet */
export function connectCluster({ kubeconfig }: ClusterOptions = {}): Cluster {
  const config = new KeptAliveKubeConfig();
  if (kubeconfig !== undefined && kubeconfig !== '') config.loadFromFile(kubeconfig);
  else config.loadFromDefault();
  if (config.getCurrentCluster()?.server === LIBRARY_FALLBACK) {
    throw new Error('No Kubernetes cluster is configured: set KUBECONFIG, or run in a pod with a service account.');
  }
  return clusterOf(config);
}

/** A cluster of a configuration that was loaded by other means. */
export function clusterOf(config: KeptAliveKubeConfig): Cluster {
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new Error('The kubeconfig names no current cluster.');
  return {
    config,
    call: (call) => callOnce(config, server, call),
    lines: (call, inactivityMs, onOpen) => streamLines(config, server, call, inactivityMs, onOpen),
    close: () => config.close(),
  };
}

async function callOnce(config: KubeConfig, server: string, call: ApiCall): Promise<unknown> {
  const timeout = AbortSignal.timeout(call.timeoutMs ?? CALL_TIMEOUT_MS);
  const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout;
  try {
    const answer = await send(config, server, call, signal);
    const text = await answer.body.text();
    if (answer.statusCode >= 300)
      throw new ApiError(call.subject, { status: answer.statusCode, body: statusBody(text) });
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw explained(error, call, timeout.aborted);
  }
}

async function* streamLines(
  config: KubeConfig,
  server: string,
  call: ApiCall,
  inactivityMs: number,
  onOpen?: () => void,
): AsyncGenerator<string, void> {
  try {
    const answer = await send(config, server, call, call.signal, inactivityMs);
    if (answer.statusCode >= 300) {
      const text = await answer.body.text();
      throw new ApiError(call.subject, { status: answer.statusCode, body: statusBody(text) });
    }
    onOpen?.();
    // readline hides an error of its input behind an ordinary end, so it is remembered here.
    const broken: Error[] = [];
    const remember = (error: Error): void => void broken.push(error);
    answer.body.on('error', remember);
    const lines = createInterface({ input: answer.body, crlfDelay: Infinity });
    // It passes on what its input says even when nobody reads any more; without a listener that would end the process.
    lines.on('error', remember);
    try {
      yield* lines;
    } finally {
      answer.body.destroy();
    }
    for (const error of broken) throw error;
  } catch (error) {
    throw explained(error, call, false);
  }
}

async function send(
  config: KubeConfig,
  server: string,
  call: ApiCall,
  signal: AbortSignal | undefined,
  bodyTimeout = 0,
): Promise<Dispatcher.ResponseData> {
  signal?.throwIfAborted();
  const url = new URL(server.replace(/\/+$/, '') + call.path);
  for (const [key, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined) url.searchParams.set(key, String(value));
  }
  const context = new RequestContext(url.href, HttpMethod[call.method]);
  await config.applySecurityAuthentication(context);
  const dispatcher = context.getDispatcher();
  return request(url, {
    method: call.method,
    headers: {
      accept: call.accept ?? 'application/json',
      'user-agent': 'btcnet',
      ...context.getHeaders(),
      ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
    },
    body: call.body === undefined ? null : JSON.stringify(call.body),
    headersTimeout: CONNECT_TIMEOUT_MS,
    bodyTimeout,
    ...(dispatcher ? { dispatcher } : {}),
    ...(signal ? { signal } : {}),
  });
}

function explained(error: unknown, call: ApiCall, timedOut: boolean): unknown {
  if (error instanceof ApiError) return error;
  if (call.signal?.aborted === true) return call.signal.reason;
  const fault = timedOut ? 'TIMEOUT' : faultCode(error);
  // Without a code it is no fault of the network: a kubeconfig that cannot be used, or a mistake of ours.
  if (fault === null) return error;
  return new ApiError(call.subject, { status: null, fault }, { cause: error });
}
