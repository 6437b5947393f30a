// What the boot partition of a UEFI machine holds besides entries: the loader in both of its places, and the script
// for firmware that ends in its shell. What is missing is said, and made anew by the next write or blessing.

import { copyFile, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errnoOf, makeDirectory, syncDirectory, writeFileAtomic } from '../../host/index.ts';

/** Where entries are, below the ESP. */
export const entryFolder = 'EFI/Linux';

/**
 * Run by the firmware's shell, where a machine ends whose loader could not load an entry. The reset brings it
 * back to the loader, which counted that try, so that the tries run out and the other slot boots.
 */
export const startupScript = 'startup.nsh';
export const startupScriptText = 'reset\r\n';

/**
 * The loader's places: the one that firmware starts without a boot entry of its own (UEFI 2.10, 3.5.1.1), and the one
 * that such an entry names. Either is enough to start the machine, and to make the other one of.
 */
const loaderPlaces: readonly (readonly [string, string])[] = [
  ['EFI/BOOT/BOOTX64.EFI', 'EFI/systemd/systemd-bootx64.efi'],
  ['EFI/BOOT/BOOTAA64.EFI', 'EFI/systemd/systemd-bootaa64.efi'],
];

/** How the name of a file begins that is being written and not yet what it is to be. */
export const temporaryPrefix = '.part-';

/** An entry that is being written. */
export const isPart = (file: string) => /^keelson_.*\.part$/i.test(file);

/** What is missing there, as sentences. */
export async function bootPartitionProblems(esp: string): Promise<string[]> {
  const problems: string[] = [];
  for (const path of await ownLoaderPlaces(esp)) {
    const bytes = await bytesOf(join(esp, path));
    if (bytes > 0) continue;
    const what = Number.isNaN(bytes) ? 'missing' : 'empty';
    problems.push(`${join(esp, path)} is ${what}: firmware that looks for its loader there starts nothing.`);
  }
  if (Number.isNaN(await bytesOf(join(esp, startupScript)))) {
    problems.push(
      `${join(esp, startupScript)} is missing: firmware with a shell would stop there at a damaged entry.`,
    );
  }
  return problems;
}

/** Makes what is missing, as far as there is something to make it of. */
export async function mendBootPartition(esp: string): Promise<void> {
  if (Number.isNaN(await bytesOf(join(esp, startupScript)))) {
    await writeFileAtomic(join(esp, startupScript), startupScriptText, { temporary: temporaryPrefix });
  }
  const places = (await ownLoaderPlaces(esp)).map((path) => join(esp, path));
  const sizes = await Promise.all(places.map(bytesOf));
  const whole = places.find((_, index) => (sizes[index] ?? 0) > 0);
  if (whole === undefined) return;
  for (const [index, place] of places.entries()) {
    if (!((sizes[index] ?? 0) > 0)) await copyWhole(whole, place);
  }
}

/** Removes what a write that did not end left there. */
export async function removeLeftovers(esp: string): Promise<void> {
  for (const folder of ['', entryFolder, 'EFI/BOOT', 'EFI/systemd'].map((path) => join(esp, path))) {
    const names = await readdir(folder).catch(ifMissing([] as string[]));
    const left = names.filter((file) => isPart(file) || file.startsWith(temporaryPrefix));
    for (const file of left) await rm(join(folder, file), { force: true });
    if (left.length > 0) await syncDirectory(folder);
  }
}

/** For a missing file or folder this value, for everything else the error. */
export function ifMissing<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return value;
    throw error;
  };
}

/** The two places of the architecture that this partition has a loader for; that of most machines without any. */
async function ownLoaderPlaces(esp: string): Promise<readonly string[]> {
  for (const places of loaderPlaces) {
    const sizes = await Promise.all(places.map((path) => bytesOf(join(esp, path))));
    if (sizes.some((bytes) => bytes > 0)) return places;
  }
  return loaderPlaces[process.arch === 'arm64' ? 1 : 0] ?? [];
}

/** NaN when it is not there. */
async function bytesOf(path: string): Promise<number> {
  return (await stat(path).catch(ifMissing(undefined)))?.size ?? Number.NaN;
}

async function copyWhole(from: string, to: string): Promise<void> {
  await makeDirectory(dirname(to));
  const beside = join(dirname(to), `${temporaryPrefix}loader`);
  await rm(beside, { force: true });
  await copyFile(from, beside);
  await using file = await open(beside, 'r+');
  await file.sync();
  await rename(beside, to);
  await syncDirectory(dirname(to));
}
