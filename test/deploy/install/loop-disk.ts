// Disks for tests: loop devices over sparse files. They need root and a kernel with loop devices.

import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { isInstalled, run } from '../../../src/host/index.ts';

const mebibyte = 1024 * 1024;

/** Why loop devices cannot be had here, or false. */
export async function noLoopDevices(): Promise<string | false> {
  if (process.getuid?.() !== 0) return 'loop devices need root';
  if (!isInstalled('losetup')) return 'losetup is not installed (apt-get install mount)';
  const { status, stderr } = await run('losetup', ['--find'], { accept: 'any' });
  return status === 0 ? false : `no loop devices: ${stderr.trim()}`;
}

export interface LoopDisk {
  readonly device: string;
  /** Its bytes as a file. */
  readonly file: string;
  /** Lets go of it before the test ends. */
  detach(): Promise<void>;
}

/** A disk that is gone when the test is over. */
export async function loopDisk(t: TestContext, mebibytes: number): Promise<LoopDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'keelson-loop-'));
  const file = join(folder, 'disk.raw');
  t.after(() => rm(folder, { recursive: true, force: true }));
  await using handle = await open(file, 'w');
  await handle.truncate(mebibytes * mebibyte);
  const { stdout } = await run('losetup', ['--find', '--show', file]);
  const device = stdout.trim();
  let attached = true;
  const detach = async () => {
    if (!attached) return;
    attached = false;
    await run('losetup', ['--detach', device]);
  };
  t.after(detach);
  return { device, file, detach };
}
