// What a machine loads that boots over the network and lives in memory: kernel, initrd, /usr as a file, a small
// second initrd that says where /usr is, and a script for iPXE that names them all.

import { constants } from 'node:fs';
import { copyFile, lutimes, mkdir, readdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '../../host/index.ts';

export interface NetworkBoot {
  readonly version: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly usr: string;
  /** See `memoryCommandLine`. */
  readonly commandLine: string;
  readonly epoch: number;
  readonly scratch: string;
  /** A folder, which is made. */
  readonly output: string;
}

export const networkBootFiles = {
  kernel: 'vmlinuz',
  initrd: 'initrd',
  memory: 'memory.cpio',
  usr: 'usr.squashfs',
  script: 'boot.ipxe',
} as const;

/** The root in memory. Half of the machine's, which is what tmpfs takes by itself. */
const sysrootMount = `[Unit]
Description=A root in memory
DefaultDependencies=no
Before=initrd-root-fs.target

[Mount]
What=tmpfs
Where=/sysroot
Type=tmpfs
Options=mode=0755
`;

/** iPXE puts the file there that the script names so. */
const sysrootUsrMount = `[Unit]
Description=/usr from the file that came over the network
DefaultDependencies=no
After=sysroot.mount
Requires=sysroot.mount
Before=initrd-root-fs.target

[Mount]
What=/${networkBootFiles.usr}
Where=/sysroot/usr
Type=squashfs
Options=loop,ro
`;

/** Writes the folder. The same input gives the same bytes. */
export async function writeNetworkBoot(boot: NetworkBoot): Promise<void> {
  const { output } = boot;
  await mkdir(output, { recursive: true });
  for (const name of ['kernel', 'initrd', 'usr'] as const) {
    await copyFile(boot[name], join(output, networkBootFiles[name]), constants.COPYFILE_FICLONE);
  }
  await writeMemoryInitrd(join(boot.scratch, 'memory'), boot.epoch, join(output, networkBootFiles.memory));
  await writeFile(join(output, networkBootFiles.script), ipxeScript(boot.version, boot.commandLine));
}

/** The script. Names without a place are looked for where the script came from. */
export function ipxeScript(version: string, commandLine: string): string {
  const { kernel, initrd, memory, usr } = networkBootFiles;
  return `#!ipxe
# keelson ${version}, in memory. Put these files into one folder of a web server and start this one from there; add
# cloud-config-url=http://… behind the kernel's other words. The machine needs twice the size of ${usr} and 512 MiB.
kernel ${kernel} ${commandLine}
initrd ${initrd}
initrd ${memory}
initrd ${usr} /${usr}
boot
`;
}

/** An archive that the kernel unpacks over the initrd, made by cpio. */
async function writeMemoryInitrd(folder: string, epoch: number, output: string): Promise<void> {
  const units = 'etc/systemd/system';
  const required = `${units}/initrd-root-fs.target.requires`;
  await mkdir(join(folder, required), { recursive: true });
  await writeFile(join(folder, units, 'sysroot.mount'), sysrootMount);
  await writeFile(join(folder, units, 'sysroot-usr.mount'), sysrootUsrMount);
  for (const name of ['sysroot.mount', 'sysroot-usr.mount']) {
    await symlink(`../${name}`, join(folder, required, name));
  }
  const names = (await readdir(folder, { recursive: true })).sort();
  for (const name of names) await lutimes(join(folder, name), epoch, epoch);
  await utimes(folder, epoch, epoch);
  const args = ['--create', '--format=newc', '--reproducible', '--quiet', '--owner=0:0', '--null'];
  await run('cpio', [...args, '--file', output], { cwd: folder, input: names.join('\0') });
}
