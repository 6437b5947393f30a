// What one whole virtual machine is made of. Types only.

/** Who loads the kernel: UEFI, BIOS, or QEMU itself. */
export type Firmware = 'ovmf' | 'seabios' | 'direct';

/** Hardware virtualisation, or emulation in software. */
export type Accelerator = 'kvm' | 'tcg';

/** A disk of the machine, in the order it sees them (vda, vdb, …). */
export interface Disk {
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
  readonly readOnly?: boolean;
  /** Firmware tries it before the disks in front of it: BIOS machines boot from one hard disk only. */
  readonly bootsFirst?: boolean;
  /** A file that is there, into which every write of the machine goes as well, in order: dm-log-writes' form. */
  readonly writeLog?: string;
}

/** A network card of the machine. */
export type Network =
  /** On a tap device that is there already, with that hardware address. */
  | { readonly kind: 'tap'; readonly name: string; readonly mac: string }
  /** QEMU's own small network, which reaches nothing but what is named here. */
  | {
      readonly kind: 'user';
      /** Ports of the machine that a free port of the host's loopback leads to. */
      readonly forwards?: readonly number[];
      /** A TCP service of the host that the machine finds at `address`:`port` (10.0.2.100 and above). */
      readonly services?: readonly {
        readonly address: string;
        readonly port: number;
        readonly to: { readonly host: string; readonly port: number };
      }[];
      /** Boots from the network: the file of that folder, by DHCP and TFTP. */
      readonly boot?: { readonly folder: string; readonly file: string };
    };

/** What is needed to power a machine on. */
export interface Hardware {
  readonly name: string;
  readonly firmware: Firmware;
  /** With `direct` firmware: what QEMU loads. */
  readonly kernel?: { readonly image: string; readonly initrd: string; readonly commandLine: string };
  readonly disks: readonly Disk[];
  /** Items of QEMU's firmware configuration, by name (`opt/…`). */
  readonly firmwareConfig?: Readonly<Record<string, string>>;
  /** systemd's credentials, as strings of the SMBIOS. */
  readonly credentials?: Readonly<Record<string, string>>;
  readonly network?: Network;
  /** The system's UUID, in the form with dashes. */
  readonly uuid?: string;
  /** Default 1024. */
  readonly memoryMiB?: number;
  /** Default 2. */
  readonly cpus?: number;
}

export type PowerState = 'running' | 'paused' | 'stopped';

export interface ConsoleWait {
  /** Default 120,000 times `patience` of the accelerator. */
  readonly timeoutMs?: number;
  /** Only what came after this mark, as `consoleMark` gave it. Default: since power-on. */
  readonly since?: number;
}

/** A virtual machine, on or off. Everything of it is in one folder. */
export interface VirtualMachine {
  readonly name: string;
  /** Where the serial console of every run is written to. */
  readonly consolePath: string;
  readonly state: () => Promise<PowerState>;
  /** The pid of QEMU on this host, or undefined when the machine is off. */
  readonly pid: () => Promise<number | undefined>;
  /** Powers it on; returns once QEMU runs it. Nothing when it is on. */
  readonly start: () => Promise<void>;
  /** Presses the power button and waits until the machine is off. Throws `sandbox.deadline`. */
  readonly powerDown: (timeoutMs?: number) => Promise<void>;
  /** Presses the reset button. */
  readonly reset: () => Promise<void>;
  /** Pulls the plug: what the machine had not written to its disks is lost. */
  readonly kill: () => Promise<void>;
  /** Stops and starts the clock of its processors; while it is stopped, its disks are whole files. */
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<void>;
  /** Waits until the machine has gone off by itself. Throws `sandbox.deadline`. */
  readonly waitUntilOff: (timeoutMs: number) => Promise<void>;
  /** The serial console since power-on, without terminal sequences. */
  readonly console: () => Promise<string>;
  /** A mark for `waitForConsole`: what came so far is not looked at. */
  readonly consoleMark: () => Promise<number>;
  /**
   * Waits until the console since power-on (or the mark) shows this. Throws `sandbox.deadline` with the
   * console's last lines; at once when the machine goes off.
   */
  readonly waitForConsole: (pattern: RegExp, options?: ConsoleWait) => Promise<RegExpExecArray>;
  /** Types on the serial console. */
  readonly type: (text: string) => Promise<void>;
  /** One command of QEMU's machine protocol, and its answer. Throws `sandbox.state`. */
  readonly qmp: (command: string, args?: Readonly<Record<string, unknown>>) => Promise<unknown>;
  /** The port of this host's loopback that leads to that port of the machine (network `user`). */
  readonly forwardedPort: (port: number) => Promise<number>;
}
