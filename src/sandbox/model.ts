// What a cluster of machines on this host is made of. Types only.

import type { RunOptions, RunResult } from '../host/index.ts';
import type { Firmware } from './vm/model.ts';

/** A file or folder of the host, seen inside a machine. */
export interface Bind {
  readonly source: string;
  readonly target: string;
  readonly readOnly?: boolean;
}

/** What one machine is to be. Everything not given is chosen. */
export interface MachineOptions {
  readonly name?: string;
  /** fleet's metadata of this machine. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** The machine's whole cloud-config, used as it is instead of a rendered one. */
  readonly cloudConfig?: string;
  readonly binds?: readonly Bind[];
  /** Words for the command line of PID 1, which in a container stands for the kernel's. */
  readonly kernelArguments?: readonly string[];
}

/** Where the root file system comes from: bare Debian, or Debian with keelson installed. */
export type Software =
  | { readonly kind: 'plain' }
  | { readonly kind: 'keelson'; readonly package: (onStep: (text: string) => void) => Promise<string> };

/** Whole virtual machines instead of containers: each boots its own kernel from an image. */
export interface VirtualOptions {
  /** The path of the image, made when it is needed. */
  readonly image: (onStep: (text: string) => void) => Promise<string>;
  /** Default `ovmf`. */
  readonly firmware?: Firmware;
  /** Default 1024. */
  readonly memoryMiB?: number;
  /** The size of each machine's disk. Default: the image's own. */
  readonly diskBytes?: number;
}

export interface ClusterOptions {
  /** Default: a name nobody else has. */
  readonly name?: string;
  /** How many machines (`m1`, `m2`, …), or each of them. Default 1. */
  readonly machines?: number | readonly MachineOptions[];
  /**
   * `plain` (default) boots a bare systemd with networkd, journald, dbus and sshd, addressed and named
   * by files; `keelson` installs our package and configures each machine by cloud-config alone.
   */
  readonly software?: Software;
  /**
   * A folder with a release: each machine runs it from a slot of its own, and can be updated as one of the image.
   * Instead of `software`; `packages` do not apply. Machines that are added later start with it, too.
   */
  readonly release?: string;
  /** Virtual machines that run the software of their image; `software`, `packages`, `binds` do not apply to them. */
  readonly vm?: VirtualOptions;
  /** Debian packages on top of the base's own. Each set is a base of its own, built once. */
  readonly packages?: readonly string[];
  /** On every machine, besides its own. */
  readonly binds?: readonly Bind[];
  /** Added to every rendered cloud-config. */
  readonly fragment?: CloudConfigFragment;
  /** With keelson: make the machines an etcd cluster, of which fleet is a client. Default true. */
  readonly etcd?: boolean;
  /** A /24 in dotted form. Clusters never meet, so all may use the same. Default 10.77.0.0/24. */
  readonly subnet?: string;
  /** All capabilities and the system calls that containers inside a machine need. Default false. */
  readonly privileged?: boolean;
  /**
   * `caller` ends the cluster with the process that started it, however that ends; `detached` leaves it
   * until `down`. Default `caller`.
   */
  readonly lifetime?: 'caller' | 'detached';
  /** Each machine must have booted within this time. Default 120,000. */
  readonly bootDeadlineMs?: number;
  readonly onStep?: (text: string) => void;
  readonly signal?: AbortSignal;
}

/** Additions to every rendered cloud-config, in its own terms. */
export interface CloudConfigFragment {
  readonly units?: readonly Readonly<Record<string, unknown>>[];
  readonly write_files?: readonly Readonly<Record<string, unknown>>[];
  /** Further keys of `coreos`, such as `locksmith` or `update`. */
  readonly coreos?: Readonly<Record<string, unknown>>;
}

/** One machine as written down in the cluster's record. */
export interface MachineRecord {
  readonly name: string;
  readonly machineId: string;
  readonly address: string;
  readonly binds: readonly Bind[];
  readonly metadata: Readonly<Record<string, string>>;
  /** The machine's cloud-config; empty for a plain one. */
  readonly cloudConfig: string;
  /** The cloud-config is the user's, not rendered by us. */
  readonly ownConfig: boolean;
  readonly kernelArguments?: readonly string[];
}

/** What the virtual machines of a cluster are made of. */
export interface VirtualHardware {
  readonly image: string;
  readonly imageFormat: 'raw' | 'qcow2';
  readonly firmware: Firmware;
  readonly memoryMiB: number;
  readonly diskBytes?: number;
}

/** What a cluster is, on disk: enough to take it up again from another process. */
export interface ClusterRecord {
  readonly version: 1;
  readonly name: string;
  readonly kind: 'plain' | 'keelson';
  /** The machines that are members of the cluster's etcd; none without etcd. Chosen when it is made. */
  readonly members: readonly string[];
  readonly lifetime: 'caller' | 'detached';
  readonly subnet: string;
  readonly privileged: boolean;
  /** Read-only folders below every machine's own, uppermost first. */
  readonly lower: readonly string[];
  readonly machines: readonly MachineRecord[];
  /** The machines have slots; the release that new ones start with. */
  readonly release?: string;
  /** The machines are virtual ones. */
  readonly vm?: VirtualHardware;
}

export type MachineState = 'running' | 'paused' | 'stopped';

export interface ExecOptions extends Omit<RunOptions, 'env' | 'cwd'> {
  /** Added to the machine's plain environment (PATH, HOME, LANG). */
  readonly env?: Readonly<Record<string, string>>;
}

export interface WaitOptions {
  /** Default 60,000. */
  readonly timeoutMs?: number;
  /** Between two looks. Default 200. */
  readonly intervalMs?: number;
  /** What is waited for, and where to look when it does not come, for the error. */
  readonly what?: string;
  readonly hint?: string;
}

/** A machine of a cluster. Methods that act inside it need it running. */
export interface Machine {
  readonly name: string;
  readonly address: string;
  /** Of /etc/machine-id, 32 hexadecimal digits. */
  readonly machineId: string;
  /** Path of a unix socket on the host that is fleet's API in this machine, once it has booted. */
  readonly socket: string;
  /**
   * The root file system as the host sees it, running or not, without the machine's own mounts; empty for a
   * virtual machine.
   */
  readonly rootPath: string;
  readonly state: () => Promise<MachineState>;
  /** The pid, on the host, of the machine's PID 1; of a virtual machine QEMU's. */
  readonly leaderPid: () => Promise<number>;
  /** Runs a program inside as root. */
  readonly exec: (argv: readonly string[], options?: ExecOptions) => Promise<RunResult>;
  /**
   * The command line, of this host, that runs a program inside as root on our standard streams. It has a terminal
   * inside when we have one, unless `terminal` is false.
   */
  readonly enter: (argv: readonly string[], terminal?: boolean) => Promise<string[]>;
  readonly readFile: (path: string) => Promise<string>;
  /** Writes a file inside; parents are made. `mode` defaults to 0o644. */
  readonly writeFile: (path: string, content: string | Uint8Array, mode?: number) => Promise<void>;
  /** The journal as text; with `unit` of that unit only. Works on a container that is off as well. */
  readonly journal: (options?: { readonly unit?: string; readonly lines?: number }) => Promise<string>;
  /** Boots the machine and waits until systemd has reached its default target. */
  readonly start: () => Promise<void>;
  /** Powers the machine off cleanly. */
  readonly stop: () => Promise<void>;
  /** Pulls the plug: every process is gone at once. */
  readonly kill: () => Promise<void>;
  /** Unplugs and replugs the network cable. */
  readonly cut: () => Promise<void>;
  readonly heal: () => Promise<void>;
  /** Freezes every process of the machine, and lets them run again. */
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<void>;
  /** Waits until the command ends with status 0, or the function with true. */
  readonly waitFor: (
    condition: readonly string[] | (() => boolean | Promise<boolean>),
    options?: WaitOptions,
  ) => Promise<void>;
}

export interface Cluster extends AsyncDisposable {
  readonly name: string;
  readonly record: ClusterRecord;
  readonly machines: readonly Machine[];
  /** The machine of that name. Throws `sandbox.unknown`. */
  readonly machine: (name: string) => Machine;
  /** Runs a program of the host in the cluster's network. */
  readonly net: (argv: readonly string[], options?: RunOptions) => Promise<RunResult>;
  /** Ends the cluster and removes all of it. */
  readonly down: () => Promise<void>;
}
