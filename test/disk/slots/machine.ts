// A machine of files with slots, and the boot of it: what firmware, loader, kernel and health gate do with these
// files, written down here a second time, apart from the code that is tested. The ESP is a plain folder, since
// not every kernel has vfat.

import { cp, mkdir, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type BootLoader,
  bothLoaders,
  extensionFolder,
  extensionLoader,
  extensionStorage,
  extractSection,
  fileStorage,
  formatGrubEnv,
  gptPriority,
  grub,
  grubConfig,
  initExtension,
  layGrubSlot,
  makePlainFolder,
  parseGrubEnv,
  partitionStorage,
  plainFiles,
  readRelease,
  type Slot,
  type SlotHost,
  type SlotManager,
  type SlotStorage,
  slotManager,
  startupScript,
  startupScriptText,
  systemdBoot,
  takenExtension,
  takeTry,
  verifyVerity,
} from '../../../src/disk/index.ts';
import { readUki } from '../../../src/disk/uki.ts';
import { homeDirectory, run } from '../../../src/host/index.ts';
import { nextByPriority, setMarks } from './gptprio.ts';
import { architecture, extensionName } from './release.ts';

/** Of an extension the boot is done by the script that does it. The last two are disks that carry both loaders. */
export const kinds = [
  'systemd-boot',
  'grub',
  'gpt-priority',
  'plain-files',
  'extension',
  'systemd-boot with grub',
  'grub with systemd-boot',
] as const;
export type Kind = (typeof kinds)[number];

/** Where firmware looks for a loader: the place that needs no boot entry of the firmware, and systemd's own. */
export function loaderPaths(): readonly string[] {
  return process.arch === 'arm64'
    ? ['EFI/BOOT/BOOTAA64.EFI', 'EFI/systemd/systemd-bootaa64.efi']
    : ['EFI/BOOT/BOOTX64.EFI', 'EFI/systemd/systemd-bootx64.efi'];
}

export interface Booted {
  readonly slot: Slot;
  readonly version: string;
  /** How often the machine started until it was up. */
  readonly starts: number;
}

const partitionBytes = { usr: 1024 * 1024, verity: 1024 * 1024 };

/** Whether a version comes up; what does not is reset. */
export type Health = (version: string) => boolean;

export class TestMachine {
  readonly kind: Kind;
  readonly folder: string;
  cmdline = '';
  /** The loader that this machine's firmware starts. */
  firmware: 'systemd-boot' | 'grub' | 'gpt-priority' | 'plain-files' | 'extension';

  constructor(kind: Kind, folder: string) {
    this.kind = kind;
    this.folder = folder;
    const alone = kind === 'plain-files' || kind === 'gpt-priority' || kind === 'extension';
    this.firmware = alone ? kind : kind.startsWith('grub') ? 'grub' : 'systemd-boot';
  }

  get esp(): string {
    return join(this.folder, 'esp');
  }

  get plain(): string {
    return join(this.folder, 'plain');
  }

  /** Where the slots of the extension are. */
  get extension(): string {
    return extensionFolder(extensionName, this.folder);
  }

  /** A machine that runs this release from slot A, blessed, with an empty slot B. */
  static async make(kind: Kind, folder: string, releaseFolder: string): Promise<TestMachine> {
    const machine = new TestMachine(kind, folder);
    await mkdir(machine.esp, { recursive: true });
    if (kind === 'extension') {
      await initExtension(extensionName, releaseFolder, { architecture, root: folder });
      await machine.boot();
      return machine;
    }
    if (kind === 'plain-files') await makePlainFolder(machine.plain, 'A');
    else await machine.#makeDisk();
    const release = await readRelease(releaseFolder);
    const storage = machine.storage();
    for (const part of ['usr', 'verity'] as const)
      await storage.write('A', part, release.paths[part], () => {});
    await storage.identify('A', release);
    await machine.#makeEntry(release.paths.uki, release.manifest.version);
    await machine.boot();
    return machine;
  }

  async #makeDisk(): Promise<void> {
    const disk = join(this.folder, 'disk.img');
    await writeFile(disk, '');
    await truncate(disk, 8 * 1024 * 1024);
    const labels = ['USR-A', 'USR-A-VERITY', 'USR-B', 'USR-B-VERITY'];
    const lines = labels.map((label) => `size=1MiB, name=${label}`).join('\n');
    await run('sfdisk', ['--quiet', disk], { input: `label: gpt\n${lines}\n` });
    for (const label of labels) {
      const part = label.endsWith('VERITY') ? 'verity' : 'usr';
      await writeFile(join(this.folder, label), Buffer.alloc(partitionBytes[part], 0xff));
    }
  }

  async #makeEntry(uki: string, version: string): Promise<void> {
    if (this.kind.includes('systemd-boot')) {
      await mkdir(join(this.esp, 'EFI/Linux'), { recursive: true });
      await cp(uki, join(this.esp, `EFI/Linux/keelson_${version}.efi`));
      await writeFile(join(this.esp, startupScript), startupScriptText);
      for (const path of loaderPaths()) {
        await mkdir(dirname(join(this.esp, path)), { recursive: true });
        await writeFile(join(this.esp, path), 'systemd-boot');
      }
    }
    if (this.kind.includes('grub')) {
      await mkdir(join(this.esp, 'keelson/grub'), { recursive: true });
      await writeFile(join(this.esp, 'keelson/grub/grub.cfg'), grubConfig());
      await writeFile(join(this.esp, 'keelson/grub/grubenv'), formatGrubEnv([['good_slot', 'A']]));
      await layGrubSlot(this.esp, 'A', uki);
    }
    if (this.kind === 'gpt-priority') {
      await setMarks(join(this.folder, 'disk.img'), 1, { priority: 2, tries: 0, successful: true });
      await setMarks(join(this.folder, 'disk.img'), 3, { priority: 1, tries: 0, successful: false });
      await layGrubSlot(this.esp, 'A', uki);
    }
    if (this.kind === 'plain-files') {
      // As somebody would who makes such a folder by hand: the three parts, and the command line.
      const parsed = await readUki(uki);
      const at = (name: string) => join(this.plain, 'A', name);
      await extractSection(parsed, '.linux', at('vmlinuz'));
      await extractSection(parsed, '.initrd', at('initrd'));
      await extractSection(parsed, '.osrel', at('os-release'));
      await writeFile(at('cmdline'), parsed.cmdline);
    }
  }

  storage(): SlotStorage {
    if (this.kind === 'plain-files') return fileStorage(this.plain);
    if (this.kind === 'extension') return extensionStorage(this.extension);
    const disk = join(this.folder, 'disk.img');
    return partitionStorage({ disk, deviceOf: ({ name }) => join(this.folder, name ?? '') });
  }

  host(): SlotHost {
    return {
      cmdline: this.cmdline,
      architecture,
      loader: this.#loader(),
      storage: this.storage(),
      stateFolder: join(this.folder, 'state'),
      ...(this.kind === 'extension' && {
        extension: extensionName,
        taken: async () => (await takenExtension(extensionName, this.folder))?.slot,
      }),
    };
  }

  #loader(): BootLoader {
    if (this.firmware === 'plain-files') return plainFiles(this.plain);
    if (this.firmware === 'extension') return extensionLoader(this.extension);
    if (this.firmware === 'gpt-priority') return gptPriority(this.esp, join(this.folder, 'disk.img'));
    const [own, other] = this.firmware === 'grub' ? [grub, systemdBoot] : [systemdBoot, grub];
    return this.kind.includes(' with ') ? bothLoaders(own(this.esp), other(this.esp)) : own(this.esp);
  }

  manager(): SlotManager {
    return slotManager(this.host());
  }

  /** The same machine at this moment, to boot it without changing this one. */
  async copy(folder: string): Promise<TestMachine> {
    await cp(this.folder, folder, { recursive: true, verbatimSymlinks: true });
    const copy = new TestMachine(this.kind, folder);
    copy.cmdline = this.cmdline;
    copy.firmware = this.firmware;
    return copy;
  }

  /** Starts the machine until it is up; throws when it stays in a shell or never comes up. */
  async boot(healthy: Health = () => true): Promise<Booted> {
    for (let starts = 1; starts <= 12; starts += 1) {
      if (this.firmware === 'extension') {
        const { slot, version } = await this.#takeExtension();
        if (healthy(version)) return { slot, version, starts };
        continue;
      }
      const entry = await this.#load();
      const slot = entry === undefined ? undefined : await this.#mountUsr(entry.cmdline);
      if (entry === undefined || slot === undefined || !healthy(entry.version)) continue;
      this.cmdline = entry.cmdline;
      return { slot, version: entry.version, starts };
    }
    throw new Error('the machine does not come up');
  }

  /** What a boot does with an extension: /run is empty, then units/extensions runs, then systemd-sysext. */
  async #takeExtension(): Promise<{ slot: Slot; version: string }> {
    await rm(join(this.folder, 'run'), { recursive: true, force: true });
    await run('sh', [join(homeDirectory(), 'units/extensions'), this.folder], { accept: 'any' });
    const taken = await takenExtension(extensionName, this.folder);
    if (taken === undefined) throw new Error('no slot of the extension can be used');
    const image = await readFile(join(this.folder, 'run/extensions', `${extensionName}.raw`));
    if (!image.includes(`/usr of version ${taken.version}; `)) throw new Error('that is not its image');
    return taken;
  }

  /** What the loader starts; undefined when it could not and the machine was reset. */
  async #load(): Promise<{ cmdline: string; version: string } | undefined> {
    if (this.firmware === 'systemd-boot') return this.#loadEntry();
    const base = this.firmware === 'plain-files' ? this.plain : join(this.esp, 'keelson');
    const slot = await this.#countedSlot();
    const order = [slot, 'A', 'B'].filter((each) => each === 'A' || each === 'B');
    for (const each of order) {
      const name = this.firmware === 'plain-files' ? 'cmdline' : 'entry.cfg';
      const text = await readFile(join(base, each, name), 'utf8').catch(() => undefined);
      if (text === undefined) continue;
      for (const file of ['vmlinuz', 'initrd']) await stat(join(base, each, file));
      const words = this.firmware === 'plain-files' ? text : text.replaceAll("'", '');
      const cmdline = words.split('\n').find((line) => line.includes('usrhash=')) ?? '';
      const osRelease = await readFile(join(base, each, 'os-release'), 'utf8');
      return { cmdline, version: /IMAGE_VERSION=(.*)/.exec(osRelease)?.[1] ?? '' };
    }
    throw new Error('the loader finds no slot');
  }

  /** The slot that the loader takes first, with its try counted. */
  async #countedSlot(): Promise<string> {
    if (this.firmware === 'plain-files') return takeTry(this.plain);
    if (this.firmware === 'grub') return this.#grubSlot();
    const number = await nextByPriority(join(this.folder, 'disk.img'), [1, 3]);
    return { 1: 'A', 3: 'B' }[number ?? 0] ?? '';
  }

  async #grubSlot(): Promise<string> {
    const path = join(this.esp, 'keelson/grub/grubenv');
    const env = parseGrubEnv(await readFile(path), path);
    const [tried = '', tries = ''] = [env.get('try_slot'), env.get('tries')];
    if (tried !== '' && ['1', '2', '3'].includes(tries)) {
      await run('grub-editenv', [path, 'set', `tries=${Number(tries) - 1}`]);
      return tried;
    }
    return env.get('good_slot') ?? '';
  }

  async #loadEntry(): Promise<{ cmdline: string; version: string } | undefined> {
    const folder = join(this.esp, 'EFI/Linux');
    const entries = (await readdir(folder)).flatMap((file) => {
      const [, version, left, done] = /^keelson_([^+]+)(?:\+(\d+)(?:-(\d+))?)?\.efi$/i.exec(file) ?? [];
      return version === undefined ? [] : [{ file, version, left: left ?? '', done: Number(done ?? 0) }];
    });
    // Versions of these tests are whole numbers and parts of ten: text of one length sorts as versions do.
    entries.sort(
      (a, b) => Number(a.left === '0') - Number(b.left === '0') || Number(b.version) - Number(a.version),
    );
    const [entry] = entries;
    if (entry === undefined) throw new Error('systemd-boot finds no entry');
    let { file } = entry;
    if (entry.left !== '') {
      const counted = `keelson_${entry.version}+${Math.max(0, Number(entry.left) - 1)}-${entry.done + 1}.efi`;
      await rename(join(folder, file), join(folder, counted));
      file = counted;
    }
    const uki = await readUki(join(folder, file)).catch(() => undefined);
    if (uki !== undefined) return { cmdline: uki.cmdline, version: uki.osRelease.get('IMAGE_VERSION') ?? '' };
    // The firmware's shell: without this file it waits there for somebody.
    await stat(join(this.esp, startupScript));
    return undefined;
  }

  /** The slot that has the root hash's UUIDs and verifies; undefined when the kernel would panic. */
  async #mountUsr(cmdline: string): Promise<Slot | undefined> {
    const rootHash = /usrhash=([0-9a-f]{64})/.exec(cmdline)?.[1] ?? '';
    if (this.kind === 'plain-files') {
      for (const slot of ['A', 'B'] as const) {
        const at = (name: string) => join(this.plain, slot, name);
        const holds = await readFile(at('root-hash'), 'utf8').catch(() => '');
        if (holds.trim() === rootHash) return this.#verified(slot, at('usr'), at('usr.verity'), rootHash);
      }
      return undefined;
    }
    const { stdout } = await run('sfdisk', ['--json', join(this.folder, 'disk.img')]);
    const { partitions }: { partitions: { name: string; uuid: string }[] } =
      JSON.parse(stdout).partitiontable;
    const digits = (label: string) => partitions.find(({ name }) => name === label)?.uuid.replaceAll('-', '');
    const at = (name: string) => join(this.folder, name);
    for (const slot of ['A', 'B'] as const) {
      const both = `${digits(`USR-${slot}`)}${digits(`USR-${slot}-VERITY`)}`.toLowerCase();
      if (both === rootHash) {
        return this.#verified(slot, at(`USR-${slot}`), at(`USR-${slot}-VERITY`), rootHash);
      }
    }
    return undefined;
  }

  async #verified(slot: Slot, data: string, tree: string, rootHash: string): Promise<Slot | undefined> {
    return verifyVerity({ data, tree, rootHash }).then(
      () => slot,
      () => undefined,
    );
  }
}
