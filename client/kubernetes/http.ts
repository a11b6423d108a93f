/** Requests to the API server: authenticated by the kubeconfig, over one pool, each with a deadline. */
import { createInterface } from 'node:readline';
import { HttpMethod, RequestContext } from '@kubernetes/client-node';
import { request, type Dispatcher } from 'undici';
import type { KeptAliveKubeConfig } from '../../activities/kubernetes/kept-alive-config.ts';
import { BtcnetError } from '../errors.ts';
import { ApiError } from './api-error.ts';

/** Longest wait for one answer, in milliseconds; the API server itself gives up on a request after 60 s. */
const REQUEST_TIMEOUT_MS = 15_000;

/** How long the server keeps one watch open, in seconds: a half-open connection shows no end by itself. */
const WATCH_SECONDS = 60;

/** What client-node makes up when it finds no configuration at all. */
const UNCONFIGURED = 'http://localhost:8080';

export interface Call {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  query?: Record<string, string>;
  body?: unknown;
  contentType?: string;
}

/** One line of a watch. */
export interface WatchEvent {
  type: string;
  object: unknown;
}

export class KubernetesHttp {
  readonly #config: KeptAliveKubeConfig;

  constructor(config: KeptAliveKubeConfig) {
    this.#config = config;
  }

  /** The answer's JSON. Throws `ApiError` for a status of 400 or more, `UNREACHABLE` when there is no answer in time. */
  async request(call: Call): Promise<unknown> {
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    const answer = await this.#send(call, signal);
    const text = await this.#reached(answer.body.text());
    if (answer.statusCode >= 400) throw new ApiError(answer.statusCode, text);
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      throw new BtcnetError('FAILED', `${this.#server()} answered ${call.path} with something that is not JSON`, error);
    }
  }

  /**
   * Hands on the events of a watch until the stream ends or `signal` is aborted; both are a plain return. Lines that are no JSON
   * (a stream cut in the middle) end it too. Throws as `request` does when the watch cannot be opened.
   */
  async watch(
    path: string,
    query: Record<string, string>,
    onEvent: (event: WatchEvent) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const timed = { ...query, watch: 'true', timeoutSeconds: String(WATCH_SECONDS) };
    const opened = AbortSignal.any([signal, AbortSignal.timeout((WATCH_SECONDS + 15) * 1_000)]);
    if (signal.aborted) return;
    const answer = await this.#send({ method: 'GET', path, query: timed }, opened);
    if (answer.statusCode >= 400) throw new ApiError(answer.statusCode, await this.#reached(answer.body.text()));
    try {
      for await (const line of createInterface({ input: answer.body, crlfDelay: Infinity })) {
        if (line !== '') onEvent(JSON.parse(line) as WatchEvent);
      }
    } catch (error) {
      if (!isCut(error)) throw error;
    }
  }

  async #send(call: Call, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const url = new URL(this.#server() + call.path);
    for (const [key, value] of Object.entries(call.query ?? {})) url.searchParams.set(key, value);
    const context = new RequestContext(url.href, HttpMethod.GET);
    try {
      await this.#config.applySecurityAuthentication(context);
    } catch (error) {
      throw new BtcnetError('REFUSED', `cannot log in to the cluster: ${(error as Error).message}`, error);
    }
    const dispatcher = context.getDispatcher();
    return this.#reached(
      request(url, {
        method: call.method,
        headers: {
          ...context.getHeaders(),
          accept: 'application/json',
          ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
        },
        body: call.body === undefined ? null : JSON.stringify(call.body),
        signal,
        ...(dispatcher ? { dispatcher } : {}),
      }),
    );
  }

  #server(): string {
    const cluster = this.#config.getCurrentCluster();
    if (!cluster || cluster.server === UNCONFIGURED) {
      throw new BtcnetError('UNREACHABLE', 'no cluster is configured: set KUBECONFIG, or give --kubeconfig');
    }
    return cluster.server.replace(/\/$/, '');
  }

  /** Turns a network fault, whatever its class, into `UNREACHABLE`. */
  async #reached<T>(pending: Promise<T>): Promise<T> {
    try {
      return await pending;
    } catch (error) {
      throw new BtcnetError(
        'UNREACHABLE',
        `cannot reach the cluster at ${this.#server()} (${faultOf(error)}): is it running, is KUBECONFIG right?`,
        error,
      );
    }
  }
}

/** What is looked at of a fault: undici, Node and the DOM have a class each. */
type Fault = { name?: unknown; code?: unknown } | null | undefined;

/** The end of a stream, however it came: aborted, closed, broken off in the middle of a line. */
function isCut(error: unknown): boolean {
  const fault = error as Fault;
  const expected = fault?.name === 'AbortError' || fault?.name === 'TimeoutError' || typeof fault?.code === 'string';
  return error instanceof SyntaxError || expected;
}

/** The code of a network fault (`ECONNREFUSED`, `UND_ERR_CONNECT_TIMEOUT`, …), or its name. */
function faultOf(error: unknown): string {
  const fault = error as Fault;
  if (fault?.name === 'TimeoutError') return `no answer within ${REQUEST_TIMEOUT_MS / 1_000} s`;
  if (typeof fault?.code === 'string' && fault.code !== '') return fault.code;
  return typeof fault?.name === 'string' ? fault.name : 'unknown fault';
}
