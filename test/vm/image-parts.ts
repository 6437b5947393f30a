// An image taken apart: as the release that it was made of, and as what boots over the network.

import { link, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { memoryCommandLine } from '../../src/deploy/image/command-line.ts';
import { writeNetworkBoot } from '../../src/deploy/image/network-boot.ts';
import { openImage } from '../../src/deploy/index.ts';
import { extractSection, formatVerity, readUki, writeUki } from '../../src/disk/index.ts';
import { hashFile, run } from '../../src/host/index.ts';
import type { BootedVm } from './booted-vm.ts';

/** Copies the first bytes of a file or device. */
async function copyHead(from: string, bytes: number, to: string): Promise<void> {
  const flags = ['iflag=count_bytes', 'bs=4M', 'conv=sparse', 'status=none'];
  await run('dd', [`if=${from}`, `of=${to}`, `count=${bytes}`, ...flags], { deadlineMs: 600_000 });
}

/** The release that is in slot A of a raw image, in the folder `target`. */
export async function releaseOf(image: string, target: string): Promise<void> {
  const scratch = join(target, 'scratch');
  await mkdir(scratch, { recursive: true });
  {
    await using source = await openImage(image, scratch);
    const names = { usr: 'usr.squashfs', verity: 'usr.verity', uki: 'keelson.efi' } as const;
    const at = (part: keyof typeof names) => join(target, names[part]);
    await copyHead(source.usr.path, source.usr.bytes, at('usr'));
    await copyHead(source.verity.path, source.verity.bytes, at('verity'));
    await copyHead(source.uki, (await stat(source.uki)).size, at('uki'));
    const described = async (part: keyof typeof names) => ({
      file: names[part],
      bytes: (await stat(at(part))).size,
      sha256: await hashFile(at(part)),
    });
    const { stdout } = await run('veritysetup', ['dump', at('verity')]);
    const value = (key: string) => new RegExp(`^${key}:\\s*([0-9a-f-]+)$`, 'm').exec(stdout)?.[1];
    const tree = { rootHash: source.rootHash, salt: value('Salt'), uuid: value('UUID') };
    const manifest = {
      format: 1,
      name: 'keelson',
      version: source.version,
      architecture: 'amd64',
      usr: await described('usr'),
      verity: { ...(await described('verity')), ...tree },
      uki: await described('uki'),
    };
    await writeFile(join(target, 'manifest.json'), JSON.stringify(manifest));
  }
  await rm(scratch, { recursive: true });
}

/** What iPXE loads, of a release in a folder; in the folder `target`. `words` are added for the kernel. */
export async function networkBootOf(
  release: string,
  words: readonly string[],
  target: string,
): Promise<void> {
  const scratch = `${target}.scratch`;
  await mkdir(scratch, { recursive: true });
  const uki = await readUki(join(release, 'keelson.efi'));
  const [kernel, initrd] = [join(scratch, 'vmlinuz'), join(scratch, 'initrd')];
  await extractSection(uki, '.linux', kernel);
  await extractSection(uki, '.initrd', initrd);
  await writeNetworkBoot({
    version: 'test',
    kernel,
    initrd,
    usr: join(release, 'usr.squashfs'),
    commandLine: memoryCommandLine(['console=tty0', 'console=ttyS0,115200', ...words]),
    epoch: 1_767_225_600,
    scratch,
    output: target,
  });
  await rm(scratch, { recursive: true });
}

/**
 * The same /usr as another version, in the folder `target`: with a hash tree of another salt it has a root hash of
 * its own. Returns that. Needs systemd's EFI stub on this host.
 */
export async function otherVersionOf(release: string, version: string, target: string): Promise<string> {
  const scratch = join(target, 'scratch');
  await mkdir(scratch, { recursive: true });
  const at = (name: string) => join(target, name);
  await link(join(release, 'usr.squashfs'), at('usr.squashfs'));
  const [salt, uuid] = ['0e'.repeat(32), '00000000-0000-4000-8000-000000000099'];
  const tree = { data: at('usr.squashfs'), tree: at('usr.verity'), salt, uuid };
  const { rootHash } = await formatVerity(tree);
  const uki = await readUki(join(release, 'keelson.efi'));
  const [linux, initrd] = [join(scratch, 'vmlinuz'), join(scratch, 'initrd')];
  await extractSection(uki, '.linux', linux);
  await extractSection(uki, '.initrd', initrd);
  const released = new Map([...uki.osRelease, ['IMAGE_VERSION', version], ['VERSION', version]]);
  await writeUki({
    stub: '/usr/lib/systemd/boot/efi/linuxx64.efi.stub',
    osRelease: [...released].map(([key, value]) => `${key}="${value}"\n`).join(''),
    cmdline: uki.cmdline.replace(/usrhash=\S+/, `usrhash=${rootHash}`),
    linux,
    initrd,
    output: at('keelson.efi'),
  });
  await rm(scratch, { recursive: true });
  const manifest = JSON.parse(await readFile(join(release, 'manifest.json'), 'utf8'));
  const described = async (file: string) => ({
    file,
    bytes: (await stat(at(file))).size,
    sha256: await hashFile(at(file)),
  });
  const verity = { ...(await described('usr.verity')), rootHash, salt, uuid };
  const changed = { ...manifest, version, verity, uki: await described('keelson.efi') };
  await writeFile(at('manifest.json'), JSON.stringify(changed));
  return rootHash;
}

/** Lets a machine fetch a release from a web server into a folder of its own. */
export async function fetchRelease(vm: BootedVm, url: string, folder: string): Promise<void> {
  await vm.exec(['mkdir', '-p', folder]);
  for (const name of ['manifest.json', 'usr.squashfs', 'usr.verity', 'keelson.efi']) {
    await vm.exec(['curl', '-fsS', '-o', `${folder}/${name}`, `${url}/${name}`], { deadlineMs: 1_200_000 });
  }
}
