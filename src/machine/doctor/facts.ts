// What the doctor looks at. Types only; undefined means that it could not be learned.

import type { HalfOutcome, SealReport, SlotStatus, TakenExtension } from '../../disk/index.ts';

export interface UnitFact {
  readonly name: string;
  /** systemd's ActiveState. */
  readonly active: string;
  /** systemd's LoadState. */
  readonly load: string;
  /** systemd's UnitFileState. */
  readonly file: string;
  /** Where its file is. */
  readonly path: string;
}

export interface SpaceFact {
  readonly path: string;
  readonly freeBytes: number;
  readonly freeInodes: number;
  readonly inodes: number;
}

export interface Facts {
  readonly systemdVersion: number | undefined;
  /** Whether systemd is PID 1 and answers. */
  readonly booted: boolean;
  /** The type of the file system on /sys/fs/cgroup. */
  readonly cgroup: 'cgroup2' | 'hybrid' | 'none';
  readonly systemBus: boolean;
  readonly privateSocket: boolean;
  readonly machineId: string | undefined;
  /** Whether /etc/machine-id is kept over a reboot. */
  readonly machineIdDurable: boolean;
  readonly clockSynchronized: boolean | undefined;
  /** fleet's public_ip if it is set, else the global addresses of the interface with the default route; IPv4 first. */
  readonly addresses: readonly string[];
  readonly spaces: readonly SpaceFact[];
  readonly programs: Readonly<Record<'etcd' | 'etcdctl' | 'ssh' | 'sshd' | 'curl', boolean>>;
  /** The endpoints that fleet would use, and what each answered to /health. */
  readonly endpoints: readonly { readonly url: string; readonly answer: string; readonly healthy: boolean }[];
  /** 'etcd' when endpoints are configured, 'embedded' otherwise. */
  readonly store: 'etcd' | 'embedded';
  readonly units: readonly UnitFact[];
  /** Target of /etc/systemd/system/etcd2.service, when that is a link. */
  readonly etcdAlias: string | undefined;
  /** Who looks after the keelson that asks. */
  readonly installed: 'package' | 'manifest' | 'checkout';
  readonly fleetGroup: boolean;
  readonly seal: SealReport | undefined;
  /** What growing the root would do; undefined for another user than root. */
  readonly growth: readonly HalfOutcome[] | undefined;
  /** Extensions that this boot has taken, with the version that is merged into /usr. */
  readonly extensions: readonly (TakenExtension & { readonly merged: string | undefined })[];
  /** Undefined on a machine whose /usr comes from no slot. */
  readonly slots: SlotStatus | undefined;
  /** Why the slots of this machine cannot be read; empty when they can, or when there are none. */
  readonly slotsProblem: string;
}
