// A machine that puts a second version into its idle slot, with every write to its disk on record.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SlotStatus } from '../../src/disk/slots/model.ts';
import { run } from '../../src/host/index.ts';
import { layerOver } from '../../src/sandbox/vm/disks.ts';
import type { Disk } from '../../src/sandbox/vm/model.ts';
import { type BootedVm, type BootOptions, bootVm, deadline } from './booted-vm.ts';
import { provideImage } from './image.ts';
import { type LoggedWrite, readWriteLog } from './write-log.ts';

export interface RecordedUpdate {
  /** The disk before anything was written to it. */
  readonly image: string;
  /** Every write since power-on. */
  readonly log: string;
  readonly writes: readonly LoggedWrite[];
  /** How many of them were done when the update began. */
  readonly begun: number;
  readonly before: SlotStatus;
  readonly after: SlotStatus;
}

/** The folder of the release, as a machine sees it. */
export const releaseInside = '/run/release';

/** A disk with the folder of a release; `mountRelease` in the machine. */
export async function releaseDisk(release: string, path: string): Promise<Disk> {
  await run(
    'mksquashfs',
    [release, path, '-noappend', '-noI', '-noD', '-noF', '-noX', '-quiet', '-no-progress'],
    {
      deadlineMs: 300_000,
    },
  );
  return { path, format: 'raw', readOnly: true };
}

/** Mounts the release's disk, the second one of the machine. */
export async function mountRelease(vm: BootedVm): Promise<void> {
  await vm.exec(['mkdir', '-p', releaseInside]);
  await vm.exec(['mount', '-o', 'ro', '/dev/vdb', releaseInside]);
}

/** What `keelson slot status` tells. */
export async function slotStatus(vm: BootedVm): Promise<SlotStatus> {
  return JSON.parse(await vm.ask('keelson', 'slot', 'status', '--json'));
}

/** Waits until the running slot is blessed. Throws with what the gates say. */
export async function waitUntilBlessed(vm: BootedVm): Promise<SlotStatus> {
  const wait = ['systemctl', 'start', 'boot-complete.target', 'keelson-bless.service'];
  await vm.exec(wait, { deadlineMs: await deadline(60) });
  return await slotStatus(vm);
}

/** Writes the release of the machine's second disk to the idle slot. */
export async function writeRelease(vm: BootedVm): Promise<void> {
  await vm.exec(['keelson', 'slot', 'write', releaseInside], { deadlineMs: await deadline(180) });
}

/**
 * Boots the image, lets `prepare` change it, lets `install` write a release to slot B, and pulls the plug in the
 * moment in which that returns. The files are in `folder`.
 */
export async function recordUpdate(
  folder: string,
  options: BootOptions,
  prepare: (vm: BootedVm) => Promise<void>,
  install: (vm: BootedVm) => Promise<void>,
): Promise<RecordedUpdate> {
  const image = await provideImage();
  const log = join(folder, 'writes.log');
  await writeFile(log, '');
  const disk: Disk = { ...(await layerOver(image, join(folder, 'recorded.qcow2'))), writeLog: log };
  await using vm = await bootVm({ ...options, disk });
  const before = await waitUntilBlessed(vm);
  await prepare(vm);
  await vm.exec(['sync']);
  const begun = (await readWriteLog(log)).length;
  await install(vm);
  await vm.power.pause();
  const { length } = await readWriteLog(log);
  await vm.power.resume();
  const after = await slotStatus(vm);
  await vm.power.kill();
  // What was written while the machine was asked belongs to no update.
  return { image, log, writes: (await readWriteLog(log)).slice(0, length), begun, before, after };
}
