/** A TCP relay in front of the API server whose connections can be cut. */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { Cluster } from '../../../activities/kubernetes/cluster.ts';
import { through } from './cluster-under-test.ts';

export interface Relay {
  /** The cluster, reached through this relay. */
  cluster: Cluster;
  /** How many connections were made so far. */
  connections: () => number;
  /** Cuts all connections and refuses new ones until `mend`. */
  cut: () => void;
  mend: () => void;
  close: () => Promise<void>;
}

export async function relayTo(target: Cluster): Promise<Relay> {
  const { hostname, port } = new URL(target.config.getCurrentCluster()?.server ?? '');
  const sockets = new Set<Socket>();
  let made = 0;
  let open = true;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((near) => {
    keep(near);
    if (!open) {
      near.destroy();
      return;
    }
    made += 1;
    const far = connect(Number(port === '' ? 443 : port), hostname);
    keep(far);
    near.pipe(far).pipe(near);
    near.on('close', () => far.destroy());
    far.on('close', () => near.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cluster = through(target, `https://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    cluster,
    connections: () => made,
    cut: () => {
      open = false;
      cutAll();
    },
    mend: () => {
      open = true;
    },
    close: async () => {
      await cluster.close();
      cutAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
