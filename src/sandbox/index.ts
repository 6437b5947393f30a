// The door of sandbox: clusters of real machines on this host.

export { endCluster, openCluster, startCluster } from './cluster.ts';
export { sandboxErrors } from './errors.ts';
export type {
  Bind,
  CloudConfigFragment,
  Cluster,
  ClusterOptions,
  ClusterRecord,
  ExecOptions,
  Machine,
  MachineOptions,
  MachineRecord,
  MachineState,
  Software,
  WaitOptions,
} from './model.ts';
export { keelsonSoftware } from './own-package.ts';
export { waitUntilReady } from './readiness.ts';
