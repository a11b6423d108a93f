/** A small API server in memory: objects with versions, lists, watches that can be held up and cut, and a record of what it is asked. */
import type { ApiCall, Cluster } from '../../../activities/kubernetes/cluster.ts';
import { ApiError } from '../../../activities/kubernetes/errors.ts';
import { pathOf } from '../../../activities/kubernetes/objects.ts';
import type { Kind, Live } from '../../../activities/kubernetes/objects.ts';

interface Stream {
  path: string;
  labelled: boolean;
  lines: string[];
  wake: () => void;
  cut: boolean;
}

const LABEL = 'app.kubernetes.io/managed-by';

/** Fields that a merge patch changes; null takes a field away. */
function merged(before: unknown, patch: unknown): unknown {
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch)) return patch;
  const base = typeof before === 'object' && before !== null ? (before as Record<string, unknown>) : {};
  const changed = Object.entries(patch).map(([key, value]) => [key, merged(base[key], value)] as const);
  return { ...base, ...Object.fromEntries(changed.filter(([, value]) => value !== null)) };
}

export class ApiServer implements Cluster {
  readonly config = null as never;
  /** `<verb> <kind>` of every request, in order; a list counts once. */
  readonly requests: string[] = [];
  /** Whether changes are kept back from those who watch, as by a slow connection. */
  isSlow = false;
  /** Whether nobody is let in. */
  isClosed = false;
  readonly #objects = new Map<string, Live>();
  readonly #streams = new Set<Stream>();
  #version = 100;

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Requests since the last time, sorted. */
  asked(): string[] {
    return this.requests.splice(0).sort();
  }

  /** Watches that are open, by the path that they watch. */
  get watched(): string[] {
    return [...this.#streams].map(({ path }) => path).sort();
  }

  get<T extends Live>(kind: Kind<T>, namespace: string, name: string): T | null {
    const found = this.#objects.get(pathOf(kind, namespace, name));
    return found === undefined ? null : kind.as(structuredClone(found));
  }

  /** Stores an object as somebody else would: everybody who watches is told. */
  put<T extends Live>(kind: Kind<T>, object: T): T {
    const { namespace, name } = object.metadata;
    return kind.as(this.#store(pathOf(kind, namespace, name), object));
  }

  /** The same, out of what it is now. */
  change<T extends Live>(kind: Kind<T>, namespace: string, name: string, patch: object): void {
    const path = pathOf(kind, namespace, name);
    this.#store(path, merged(this.#objects.get(path), patch) as Live);
  }

  remove(kind: Kind<Live>, namespace: string, name: string): void {
    this.#remove(pathOf(kind, namespace, name));
  }

  /** Tells what was kept back. */
  hurry(): void {
    this.isSlow = false;
    for (const { wake } of this.#streams) wake();
  }

  cut(): void {
    for (const stream of this.#streams) {
      stream.cut = true;
      stream.wake();
    }
  }

  call(call: ApiCall): Promise<unknown> {
    const { method, path, query, subject, body } = call;
    this.requests.push(`${subject.verb} ${subject.kind}`);
    if (this.isClosed) return Promise.reject(new ApiError(subject, { status: null, fault: 'ECONNREFUSED' }));
    if (query?.['limit'] !== undefined) {
      const items = this.#listed(path, query['labelSelector'] !== undefined);
      return Promise.resolve({ metadata: { resourceVersion: String(this.#version) }, items });
    }
    if (method === 'POST') return Promise.resolve(this.#create(path, body as Live));
    const target = path.replace(/\/(status|scale)$/, '');
    const found = this.#objects.get(target);
    if (found === undefined)
      return Promise.reject(new ApiError(subject, { status: 404, body: { reason: 'NotFound' } }));
    if (method === 'GET') return Promise.resolve(structuredClone(found));
    if (method === 'DELETE') {
      this.#remove(target);
      return Promise.resolve({ kind: 'Status', status: 'Success' });
    }
    const { metadata, ...rest } = body as Partial<Live>;
    const { resourceVersion, ...others } = (metadata ?? {}) as Partial<Live['metadata']>;
    if (resourceVersion !== undefined && resourceVersion !== found.metadata.resourceVersion) {
      return Promise.reject(new ApiError(subject, { status: 409, body: { reason: 'Conflict' } }));
    }
    return Promise.resolve(this.#store(target, merged(found, { ...rest, metadata: others }) as Live));
  }

  async *lines({ path, query, signal, subject }: ApiCall, _inactivityMs: number, onOpen?: () => void) {
    if (this.isClosed) throw new ApiError(subject, { status: null, fault: 'ECONNREFUSED' });
    const since = Number(query?.['resourceVersion']);
    const labelled = query?.['labelSelector'] !== undefined;
    const stream: Stream = {
      path,
      labelled,
      lines: this.#missed(path, labelled, since),
      wake: () => undefined,
      cut: false,
    };
    this.#streams.add(stream);
    signal?.addEventListener('abort', () => {
      stream.cut = true;
      stream.wake();
    });
    onOpen?.();
    try {
      for (;;) {
        while (!this.isSlow && stream.lines.length > 0) yield stream.lines.shift() ?? '';
        if (stream.cut) throw new ApiError(subject, { status: null, fault: 'UND_ERR_SOCKET' });
        await new Promise<void>((resolve) => {
          stream.wake = resolve;
        });
      }
    } finally {
      this.#streams.delete(stream);
    }
  }

  #listed(path: string, labelled: boolean): Live[] {
    return [...this.#objects]
      .filter(([at, object]) => isUnder(path, at) && (!labelled || object.metadata.labels?.[LABEL] !== undefined))
      .map(([, object]) => structuredClone(object));
  }

  #missed(path: string, labelled: boolean, since: number): string[] {
    return this.#listed(path, labelled)
      .filter(({ metadata }) => Number(metadata.resourceVersion) > since)
      .map((object) => JSON.stringify({ type: 'MODIFIED', object }));
  }

  #create(path: string, body: Live): Live {
    const uid = body.metadata.uid as string | undefined;
    return this.#store(`${path}/${body.metadata.name}`, {
      ...body,
      metadata: { generation: 1, ...body.metadata, uid: uid ?? `uid-${String(this.#version)}` },
    });
  }

  #store(path: string, object: Live): Live {
    this.#version += 1;
    const stored = {
      ...structuredClone(object),
      metadata: { ...object.metadata, resourceVersion: String(this.#version) },
    };
    this.#objects.set(path, stored);
    this.#tell(path, 'MODIFIED', stored);
    return structuredClone(stored);
  }

  #remove(path: string): void {
    const found = this.#objects.get(path);
    if (found === undefined) return;
    this.#version += 1;
    this.#objects.delete(path);
    this.#tell(path, 'DELETED', { ...found, metadata: { ...found.metadata, resourceVersion: String(this.#version) } });
  }

  #tell(path: string, type: string, object: Live): void {
    for (const stream of this.#streams) {
      if (!isUnder(stream.path, path) || (stream.labelled && object.metadata.labels?.[LABEL] === undefined)) continue;
      stream.lines.push(JSON.stringify({ type, object }));
      stream.wake();
    }
  }
}

/** Whether an object stands in a list: of its namespace, or of all. */
function isUnder(listPath: string, path: string): boolean {
  const plural = listPath.split('/').at(-1) ?? '';
  const folder = path.split('/').slice(0, -1).join('/');
  return listPath.includes('/namespaces/') ? folder === listPath : folder.endsWith(`/${plural}`);
}
