import { apiServer, controllerManager, scheduler } from './daemons/control-plane.ts';
import { containerd } from './daemons/containerd.ts';
import { coredns } from './daemons/coredns.ts';
import type { Daemon } from './daemons/daemon.ts';
import { etcd } from './daemons/etcd.ts';
import { kubelet, kubeProxy } from './daemons/node-agents.ts';
import { temporal } from './daemons/temporal.ts';
import { PAUSE_IMAGE } from './cluster/images.ts';
import { removeContainerRemains } from './host/containers.ts';
import type { Programs } from './parts/install.ts';
import { stopRecorded } from './processes/stop.ts';

/** All programs of the stack that keep running, the worker aside. */
export interface Stack {
  etcd: Daemon;
  apiServer: Daemon;
  controllerManager: Daemon;
  scheduler: Daemon;
  containerd: Daemon;
  kubelet: Daemon;
  kubeProxy: Daemon;
  coredns: Daemon;
  temporal: Daemon;
}

export function stackOf(programs: Programs): Stack {
  return {
    etcd: etcd(programs),
    apiServer: apiServer(programs),
    controllerManager: controllerManager(programs),
    scheduler: scheduler(programs),
    // Containers without a containerd are orphans: they are ended before it starts, and the kubelet makes them anew. It
    // starts after that, for it must find the cgroup of all pods, which goes with them.
    containerd: containerd(programs, PAUSE_IMAGE, async () => {
      await stopRecorded('kubelet');
      await removeContainerRemains();
    }),
    kubelet: kubelet(programs),
    kubeProxy: kubeProxy(programs),
    coredns: coredns(programs),
    temporal: temporal(programs),
  };
}
