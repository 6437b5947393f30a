// What tests on whole virtual machines share. A test does
//
//     await using vm = await bootVm({ firmware: 'ovmf', diskBytes: 20 * GiB });
//     await vm.exec(['systemctl', 'is-active', 'fleet.service']);   // as root, over SSH; throws unless status 0
//     await vm.power.waitForConsole(/reboot: Power down/);          // serial console since power-on
//     const before = await vm.snapshot('before');                   // the disk as a power cut would leave it now
//     await vm.power.kill(); await vm.power.start(); await vm.waitUntilUp();
//
// `bootVm` powers the machine on, and waits until the system has booted unless `wait: false`; `vm.power` is the
// sandbox's VirtualMachine (start, kill, reset, pause, type, console, qmp). Boot a snapshot by giving its disk as
// `disk`. The image is made once a run (`provideImage`); KEELSON_VM_IMAGE names one that is there already.
// Everything is in one folder that goes with the machine, also after a test that was killed. Deadlines scale with
// the accelerator: `deadline(seconds)` is that many seconds on KVM and five times as many under emulation.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunResult, run, writeFileAtomic } from '../../src/host/index.ts';
import { chooseAccelerator, patience } from '../../src/sandbox/vm/accelerator.ts';
import { configDrive, copyDisk, layerOver } from '../../src/sandbox/vm/disks.ts';
import { type GuestOptions, guestShell } from '../../src/sandbox/vm/guest-shell.ts';
import type { Disk, Hardware, Network, VirtualMachine } from '../../src/sandbox/vm/model.ts';
import { bootTurn } from '../../src/sandbox/vm/turn.ts';
import { openVirtualMachine } from '../../src/sandbox/vm/virtual-machine.ts';
import { temporaryFolder } from '../machine/booted.ts';
import { provideImage } from './image.ts';

export const MiB = 1024 * 1024;
export const GiB = 1024 * MiB;

/** Longest time for a test of `boots` boots: as `timeout` of node:test. Five minutes a boot, and ten to begin with. */
export const testTimeout = (boots: number): number => (10 + 5 * boots) * 60_000;

export interface BootOptions
  extends Partial<Pick<Hardware, 'firmware' | 'kernel' | 'memoryMiB' | 'credentials' | 'firmwareConfig'>> {
  /** The first disk as it is, instead of a layer over the image. */
  readonly disk?: Disk;
  /** The size of the layer over the image. Default: the image's own. */
  readonly diskBytes?: number;
  /** Further disks, after the first. */
  readonly moreDisks?: readonly Disk[];
  /** Lines added to the cloud-config on the config drive, below `coreos:`. */
  readonly coreos?: readonly string[];
  /** Files that the cloud-config writes. */
  readonly files?: readonly {
    readonly path: string;
    readonly content: string;
    readonly permissions?: string;
  }[];
  /** Boot from the network, or services of this host: see `Network` of kind `user`. */
  readonly network?: Omit<Extract<Network, { kind: 'user' }>, 'kind' | 'forwards'>;
  /** The private key of a pair that `core` of the disk already knows. Default: one of its own, on the config drive. */
  readonly identity?: string;
  /** Wait until the system has booted. Default true. */
  readonly wait?: boolean;
}

export interface BootedVm extends AsyncDisposable {
  /** A folder for files of the test; removed with the machine. */
  readonly folder: string;
  readonly disk: Disk;
  readonly power: VirtualMachine;
  /** Powers on when it is this host's turn, and waits until the system has booted. */
  readonly boot: () => Promise<void>;
  readonly exec: (argv: readonly string[], options?: GuestOptions) => Promise<RunResult>;
  /** What a command prints, without the white space around it. */
  readonly ask: (...argv: string[]) => Promise<string>;
  /** Waits until SSH answers and systemd has come to rest. Throws with the console's last lines. */
  readonly waitUntilUp: () => Promise<void>;
  /** The slot that /usr is mounted from, by the label of the partition below dm-verity. */
  readonly runningSlot: () => Promise<string>;
  /** A copy of the first disk as it is now, under that name in the folder; the machine is paused meanwhile. */
  readonly snapshot: (name: string) => Promise<Disk>;
}

/** That many seconds on KVM, more under emulation; in milliseconds. */
export async function deadline(seconds: number): Promise<number> {
  return seconds * 1000 * patience((await chooseAccelerator()).accelerator);
}

/** Powers on a machine with a layer over the image as its disk, and waits until it has booted. */
export async function bootVm(options: BootOptions = {}): Promise<BootedVm> {
  const folder = await temporaryFolder();
  try {
    const vm = await makeVm(folder, options);
    try {
      if (options.wait === false) await vm.power.start();
      else await vm.boot();
    } catch (error) {
      await vm[Symbol.asyncDispose]();
      throw error;
    }
    return vm;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function makeVm(folder: string, options: BootOptions): Promise<BootedVm> {
  const identity = options.identity ?? (await newIdentity(folder));
  const disk = options.disk ?? (await imageLayer(folder, options.diskBytes));
  const drive = await writeDrive(folder, (await run('cat', [`${identity}.pub`])).stdout.trim(), options);
  const hardware: Hardware = {
    ...options,
    name: 'vm',
    firmware: options.firmware ?? 'ovmf',
    disks: [disk, ...(options.moreDisks ?? []), drive],
    network: { ...options.network, kind: 'user', forwards: [22] },
  };
  const machineFolder = join(folder, 'machine');
  await mkdir(machineFolder);
  const power = openVirtualMachine(hardware, machineFolder);
  let shell: { readonly port: number; readonly it: ReturnType<typeof guestShell> } | undefined;
  const currentShell = async () => {
    // Each power-on has a port of its own.
    const port = await power.forwardedPort(22);
    if (shell?.port !== port) {
      await shell?.it.close();
      shell = { port, it: guestShell({ name: 'vm', ssh: sshArguments(identity, port, folder), folder }) };
    }
    return shell.it;
  };
  const exec: BootedVm['exec'] = async (argv, more) => (await currentShell()).exec(argv, more);
  const ask = async (...argv: string[]) => (await exec(argv)).stdout.trim();

  const waitUntilUp = async (): Promise<void> => {
    const end = Date.now() + (await deadline(120));
    let last = 'nothing';
    while (Date.now() < end) {
      const answer = await exec(['systemctl', 'is-system-running', '--wait'], {
        accept: 'any',
        deadlineMs: Math.max(1000, end - Date.now()),
      }).catch((error: unknown) => ({ stdout: '', stderr: String(error) }));
      last = answer.stdout.trim() || answer.stderr.trim();
      if (last === 'running' || last === 'degraded') return;
      if ((await power.state()) === 'stopped') break;
      await sleep(500);
    }
    const tail = (await power.console()).trim().split('\n').slice(-40).join('\n');
    throw new Error(`The machine did not come up; it last said: ${last}. Its console ends with:\n${tail}`);
  };

  return {
    folder,
    disk,
    power,
    exec,
    ask,
    waitUntilUp,
    boot: async () => {
      await using _turn = await bootTurn((await chooseAccelerator()).accelerator);
      await power.start();
      await waitUntilUp();
    },
    runningSlot: async () => {
      const script = 'cat /sys/class/block/$(basename $(readlink -f /dev/mapper/usr))/slaves/*/uevent';
      const labels = (await ask('sh', '-c', script)).match(/(?<=^PARTNAME=USR-)[AB](?=$)/gm) ?? [];
      if (labels.length !== 1) throw new Error(`Not one slot below /dev/mapper/usr: ${labels.join(' ')}`);
      return labels[0] ?? '';
    },
    snapshot: async (name) => {
      await power.pause();
      try {
        return await copyDisk(disk, join(folder, name));
      } finally {
        await power.resume();
      }
    },
    [Symbol.asyncDispose]: async () => {
      await shell?.it.close();
      await power.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function imageLayer(folder: string, bytes: number | undefined): Promise<Disk> {
  const image = await provideImage();
  return await layerOver(image, join(folder, 'disk.qcow2'), bytes === undefined ? {} : { bytes });
}

/** A config drive with a key for `core`, who may become root, and fleet with its own store. */
async function writeDrive(
  folder: string,
  key: string,
  { coreos = [], files = [] }: Pick<BootOptions, 'coreos' | 'files'>,
): Promise<Disk> {
  const latest = join(folder, 'drive/openstack/latest');
  const config = `#cloud-config
hostname: vm
ssh_authorized_keys: ['${key}']
write_files:
  - {path: /etc/sudoers.d/core, permissions: '0440', owner: root, content: "core ALL=(ALL) NOPASSWD: ALL\\n"}
${files.map((file) => `  - ${JSON.stringify(file)}\n`).join('')}coreos:
  units:
    - {name: fleet.socket, command: start}
    - {name: fleet.service, command: start}
${coreos.map((line) => `  ${line}\n`).join('')}`;
  await writeFileAtomic(join(latest, 'user_data'), config);
  await writeFileAtomic(join(latest, 'meta_data.json'), '{"uuid": "vm-test"}\n');
  return await configDrive(join(folder, 'drive'), join(folder, 'config-drive'));
}

/** A new pair of keys; the path of the private one, with the other beside it. */
export async function newIdentity(folder: string): Promise<string> {
  const identity = join(folder, 'id_ed25519');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'test', '-f', identity]);
  return identity;
}

function sshArguments(identity: string, port: number, folder: string): string[] {
  // The machine makes its host key at its first boot: there is none to know beforehand.
  const options = {
    IdentitiesOnly: 'yes',
    StrictHostKeyChecking: 'no',
    UserKnownHostsFile: join(folder, 'known_hosts'),
    LogLevel: 'ERROR',
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  return ['-F', 'none', '-i', identity, '-p', String(port), ...flags, 'core@127.0.0.1'];
}
