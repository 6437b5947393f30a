// A second version of an image, cheaply: its own /usr with other contents here and there, packed fast, as the folder
// that `keelson slot write` takes.

import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  cmdlineValue,
  extractSection,
  formatVerity,
  readUki,
  type Uki,
  writeUki,
} from '../../src/disk/index.ts';
import { cacheDirectory, hashFile, keepNewest, keptMs, provide, runWhole } from '../../src/host/index.ts';
import { temporaryFolder } from '../machine/booted.ts';
import { copyPartition, EspImage } from './disk-image.ts';

export const second = {
  version: '99.0.0',
  /** What systemd says at the beginning of the boot, in the real root. */
  welcome: /Welcome to .*second version/,
  /** Defaults below /etc that are different, by one line more. */
  changedDefaults: ['issue', 'issue.net'],
  line: 'second version',
  /** A system user that the first version does not have. */
  user: 'second-user',
} as const;

export interface SecondRelease {
  readonly folder: string;
  readonly rootHash: string;
}

/** The first version's entry: what its command line says, without starting it. */
export async function firstRootHash(image: string): Promise<string> {
  const folder = await temporaryFolder();
  try {
    return rootHashOf(await copyUki(image, folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The release, made once for an image and kept in the cache; also as another version. */
export async function provideSecondRelease(
  image: string,
  version: string = second.version,
): Promise<SecondRelease> {
  const cache = cacheDirectory();
  const key = createHash('sha256')
    .update(`${await firstRootHash(image)} ${JSON.stringify({ ...second, version })}`)
    .digest('hex');
  const folder = await provide(
    cache,
    `vm-second-${key.slice(0, 16)}`,
    () => {},
    (target) => make(image, target, version),
  );
  await keepNewest(cache, 'vm-second-', 2, Date.now() - keptMs);
  return { folder, rootHash: await rootHashIn(folder) };
}

/** The root hash of a release. */
export async function rootHashIn(folder: string): Promise<string> {
  return JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')).verity.rootHash;
}

async function make(image: string, folder: string, version: string): Promise<void> {
  await mkdir(folder);
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  const file = (name: string) => join(scratch, name);
  await copyPartition(image, 'USR-A', file('usr'));
  const tree = file('tree');
  await runWhole(['unsquashfs', '-quiet', '-no-progress', '-dest', tree, file('usr')]);
  await changeTree(tree, version);

  const usr = join(folder, 'usr.squashfs');
  const packing = ['-noappend', '-comp', 'zstd', '-Xcompression-level', '1', '-quiet', '-no-progress'];
  await runWhole(['mksquashfs', tree, usr, ...packing]);
  const { size } = await stat(usr);
  if (size % 4096 !== 0) await appendFile(usr, Buffer.alloc(4096 - (size % 4096)));
  const [salt, uuid] = ['5e'.repeat(32), '00000000-0000-4000-8000-000000000002'];
  const verity = join(folder, 'usr.verity');
  const { rootHash } = await formatVerity({ data: usr, tree: verity, salt, uuid });

  const uki = join(folder, 'keelson.efi');
  await makeUki(image, tree, scratch, rootHash, uki);
  const described = async (path: string, name: string) => ({
    file: name,
    bytes: (await stat(path)).size,
    sha256: await hashFile(path),
  });
  const manifest = {
    format: 1,
    name: 'keelson',
    version,
    architecture: 'amd64',
    usr: await described(usr, 'usr.squashfs'),
    verity: { ...(await described(verity, 'usr.verity')), rootHash, salt, uuid },
    uki: await described(uki, 'keelson.efi'),
  };
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await rm(scratch, { recursive: true });
}

async function changeTree(tree: string, version: string): Promise<void> {
  await replaceRelease(join(tree, 'lib/os-release'), version);
  for (const name of second.changedDefaults) {
    await appendFile(join(tree, 'share/factory/etc', name), `${second.line}\n`);
  }
  await writeFile(join(tree, 'lib/sysusers.d/second.conf'), `u ${second.user} - "Of the second version"\n`);
}

function asSecond(osRelease: string, version: string): string {
  const others = osRelease
    .split('\n')
    .filter((line) => line !== '' && !/^(PRETTY_NAME|VERSION|VERSION_ID|IMAGE_VERSION|BUILD_ID)=/.test(line));
  const own = [`PRETTY_NAME="keelson, second version"`, `VERSION_ID=${version}`, `IMAGE_VERSION=${version}`];
  return [...others, ...own, ''].join('\n');
}

async function replaceRelease(path: string, version: string): Promise<void> {
  await writeFile(path, asSecond(await readFile(path, 'utf8'), version));
}

/** The first version's kernel and initrd, for the /usr of the second. */
async function makeUki(
  image: string,
  tree: string,
  scratch: string,
  rootHash: string,
  output: string,
): Promise<void> {
  const file = (name: string) => join(scratch, name);
  const uki = await copyUki(image, scratch);
  await extractSection(uki, '.linux', file('linux'));
  await extractSection(uki, '.initrd', file('initrd'));
  await writeUki({
    stub: join(tree, 'lib/systemd/boot/efi/linuxx64.efi.stub'),
    osRelease: await readFile(join(tree, 'lib/os-release'), 'utf8'),
    cmdline: uki.cmdline.replace(/usrhash=\S+/, `usrhash=${rootHash}`),
    linux: file('linux'),
    initrd: file('initrd'),
    output,
  });
}

async function copyUki(image: string, folder: string): Promise<Uki> {
  const esp = await EspImage.of(image);
  const name = (await esp.names('EFI/Linux')).find((one) => /^keelson_.*\.efi$/i.test(one));
  if (name === undefined) throw new Error(`${image} has no entry on its ESP.`);
  await esp.copyOut(`EFI/Linux/${name}`, join(folder, 'uki'));
  return await readUki(join(folder, 'uki'));
}

function rootHashOf(uki: Uki): string {
  const found = cmdlineValue(uki.cmdline, 'usrhash');
  if (found === undefined) throw new Error(`${uki.path} starts no /usr of a slot: ${uki.cmdline}`);
  return found;
}
