// The disk of a recorded update as a power cut would have left it, and what the machine would start from it: read
// from the bytes, by the rules of the loader and of the kernel.

import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Slot } from '../../src/disk/index.ts';
import { grubPaths, readUki, verifyVerity, verityPartitionIds } from '../../src/disk/index.ts';
import { nextEntry } from '../../src/disk/slots/boot-choice.ts';
import { parseEntryName } from '../../src/disk/slots/entry-name.ts';
import { asSlot, cmdlineOfGrubEntry, grubChoice, grubSlotFiles } from '../../src/disk/slots/grub-config.ts';
import { run } from '../../src/host/index.ts';
import { copyPartition, EspImage, type Extent, extentOf } from './disk-image.ts';
import type { LoggedWrite } from './write-log.ts';

export interface Choice {
  readonly slot: Slot;
  readonly rootHash: string;
  /** Power failed while the partition table was written: only its copy is whole. */
  readonly tornTable: boolean;
}

/** What is started from this disk, and which slot that is. Throws when it would not come up. */
export async function choiceOf(
  disk: string,
  loader: 'systemd-boot' | 'grub',
  scratch: string,
): Promise<Choice> {
  const esp = await EspImage.of(disk);
  const cmdline = await (loader === 'grub' ? grubCmdline(esp, scratch) : bootCmdline(esp, scratch));
  const rootHash = /(?:^| )usrhash=(\S+)/.exec(cmdline)?.[1] ?? '';
  // The kernel looks at the copy of a damaged table only when it is told to.
  const { stdout, stderr } = await run('sfdisk', ['--json', disk]);
  const tornTable = /primary GPT table is corrupt/i.test(stderr);
  if (tornTable && !/(^| )gpt( |$)/.test(cmdline)) {
    throw new Error(`The kernel would not see a partition: ${stderr.trim()}`);
  }
  const { usr, verity } = verityPartitionIds(rootHash);
  for (const slot of ['A', 'B'] as const) {
    const table = stdout.toLowerCase();
    const has = (label: string, uuid: string) =>
      new RegExp(`"uuid": ?"${uuid}",\\s*"name": ?"${label.toLowerCase()}"`).test(table);
    if (has(`USR-${slot}`, usr) && has(`USR-${slot}-VERITY`, verity)) return { slot, rootHash, tornTable };
  }
  throw new Error(`No slot holds the /usr that is started, ${rootHash}.`);
}

/** Checks all of a slot against a root hash. */
export async function checkSlot(disk: string, slot: Slot, rootHash: string, scratch: string): Promise<void> {
  const [data, tree] = [join(scratch, 'usr'), join(scratch, 'tree')];
  try {
    await copyPartition(disk, `USR-${slot}`, data);
    await copyPartition(disk, `USR-${slot}-VERITY`, tree);
    await verifyVerity({ data, tree, rootHash });
  } finally {
    await rm(data, { force: true });
    await rm(tree, { force: true });
  }
}

async function bootCmdline(esp: EspImage, scratch: string): Promise<string> {
  const entries = [];
  for (const name of await esp.names('EFI/Linux')) {
    if (!/\.efi$/i.test(name)) continue;
    const path = join(scratch, 'entry.efi');
    await esp.copyOut(`EFI/Linux/${name}`, path);
    // A rename that was cut short; systemd-boot lists nothing without sections.
    if ((await stat(path)).size === 0) continue;
    const { cmdline, osRelease } = await readUki(path);
    // A name that lost its long form counts as blessed.
    const { left, done } = parseEntryName(name) ?? { left: undefined, done: 0 };
    entries.push({ left, done, path: name, cmdline, version: osRelease.get('IMAGE_VERSION') ?? '' });
  }
  const next = nextEntry(entries);
  if (next === undefined) throw new Error('systemd-boot finds no entry.');
  return next.cmdline;
}

async function grubCmdline(esp: EspImage, scratch: string): Promise<string> {
  const environment = await esp.grubEnvironment(scratch);
  const { slot = asSlot(environment.get('good_slot')) } = grubChoice(environment);
  if (slot === undefined) throw new Error('GRUB’s environment names no slot.');
  const folder = grubPaths.slot(slot);
  const text = (await esp.read(`${folder}/${grubSlotFiles.entry}`, scratch)).toString();
  const cmdline = cmdlineOfGrubEntry(text);
  if (cmdline === undefined) throw new Error(`${folder}/${grubSlotFiles.entry} starts nothing: ${text}`);
  for (const file of [grubSlotFiles.kernel, grubSlotFiles.initrd])
    await esp.read(`${folder}/${file}`, scratch);
  return cmdline;
}

/** Whether a write is to what the loader reads: the tables, or the ESP. */
export async function loaderRegions(
  disk: string,
): Promise<(write: LoggedWrite) => 'table' | 'esp' | undefined> {
  const esp = await extentOf(disk, 'EFI-SYSTEM');
  await using file = await open(disk, 'r');
  const { size } = await file.stat();
  const tables: Extent[] = [
    { offset: 0, bytes: 34 * 512 },
    { offset: size - 33 * 512, bytes: 33 * 512 },
  ];
  return (write) => {
    if (overlaps(write, esp)) return 'esp';
    return tables.some((table) => overlaps(write, table)) ? 'table' : undefined;
  };
}

function overlaps(write: Extent, region: Extent): boolean {
  return write.offset < region.offset + region.bytes && write.offset + write.bytes > region.offset;
}
