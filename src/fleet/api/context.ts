// What the routes need of the daemon that they run in.

import type { Store } from '../../store/index.ts';
import type { CutOffReport } from '../agent/cut-off-start.ts';
import type { Counter } from '../metrics/exposition.ts';
import type { UnitState } from '../model.ts';
import type { ClusterReader } from '../registry/cluster-reader.ts';
import type { Keys } from '../registry/keys.ts';
import type { Explain } from '../registry/status.ts';

export interface DaemonStatus {
  readonly machineID: string;
  readonly version: string;
  /** Where the store is, for people. */
  readonly store: string;
  readonly storeConnected: boolean;
  /** What went wrong last with the store, when it is away. */
  readonly storeProblem?: string;
  /** What was started from the local copy of the schedule, while the store has not been there since the boot. */
  readonly cutOff?: CutOffReport;
}

export interface ApiContext {
  readonly store: Store;
  readonly keys: Keys;
  /** Reads of the whole cluster. */
  readonly cluster: Pick<ClusterReader, 'read'>;
  /** Units, states or machines on one page of API v1. */
  readonly tokenLimit: number;
  readonly explain: Explain;
  status(): DaemonStatus;
  /** The units of this machine as its agent has them, whatever the store says. */
  local(): readonly UnitState[];
  /** Why nothing can be served now, as a sentence; undefined when all is well. */
  unavailable(): string | undefined;
  /** The text of `/metrics`. */
  metrics(): string | Promise<string>;
  /** Answers are counted here. */
  readonly requests: Counter;
}

/** What fleet has always answered while its store is away; clients look for it. */
export const storeAwayMessage = 'fleet server unable to communicate with etcd';
