/** A kubeconfig whose calls share one pool of kept-alive connections instead of opening a socket each. */
import { KubeConfig } from '@kubernetes/client-node';
import type { Cluster as ClusterEntry, DispatcherOptions, RequestContext } from '@kubernetes/client-node';
import type { AgentOptions } from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import { Agent } from 'undici';
import type { buildConnector, Dispatcher } from 'undici';

/** Milliseconds that an idle connection is kept: longer than the pause between two passes of a busy worker. */
const KEEP_ALIVE_MS = 30_000;

/**
 * The client library makes a new undici dispatcher for every call, which leaves a socket behind each time. This class lets it
 * work out headers and TLS options as ever (files, exec plugins and tokens are read anew, so that rotation is noticed; proxy,
 * `insecure-skip-tls-verify` and `tls-server-name` are honoured) but keeps one dispatcher for as long as those options stay
 * the same. When they change, the old dispatcher finishes what is under way and closes.
 */
export class KeptAliveKubeConfig extends KubeConfig {
  #options: DispatcherOptions | null = null;
  #kept: { options: DispatcherOptions; dispatcher: Dispatcher } | null = null;

  override createDispatcherOptions(cluster: ClusterEntry | null, agentOptions: AgentOptions): DispatcherOptions {
    this.#options = super.createDispatcherOptions(cluster, agentOptions);
    return this.#options;
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    // Another call may have come in between, but then with the same options or with newer ones: both are welcome here.
    const options = this.#options;
    if (options === null) return;
    context.setDispatcher(this.#dispatcherFor(options, context.getDispatcher()));
  }

  /** Waits for calls under way, then closes all connections. */
  async close(): Promise<void> {
    const kept = this.#kept;
    this.#kept = null;
    await kept?.dispatcher.destroy();
  }

  /** @param made what the library made for these options: used as it is where a proxy is involved, dropped unused otherwise */
  #dispatcherFor(options: DispatcherOptions, made: Dispatcher | undefined): Dispatcher {
    if (this.#kept !== null && isDeepStrictEqual(this.#kept.options, options)) return this.#kept.dispatcher;
    const direct = options.type === 'agent' || options.type === 'none' || made === undefined;
    const dispatcher = direct ? new Agent({ keepAliveTimeout: KEEP_ALIVE_MS, connect: connectOptions(options) }) : made;
    // Watches on the old connections end by their own timeouts; until then closing waits.
    void this.#kept?.dispatcher.close();
    this.#kept = { options, dispatcher };
    return dispatcher;
  }
}

/** The same options; `exactOptionalPropertyTypes` keeps the two libraries' types from matching by themselves. */
const connectOptions = (options: DispatcherOptions): buildConnector.BuildOptions =>
  (options.type === 'agent' ? options.connect : {}) as buildConnector.BuildOptions;
