// What the machine wrote down before it rebooted, and what that says after the boot: which reboot it was, whether an
// update is what runs now, what is to be undone.

import { readFile } from 'node:fs/promises';
import { commandLine, readFileIfExists, removeFileIfExists, writeFileAtomic } from '../host/index.ts';

export const rebootRecordPath = '/var/lib/locksmith/reboot.json';

export interface RebootRecord {
  readonly reason: string;
  /** Whether for an update of the system that is to run afterwards. */
  readonly isUpdate: boolean;
  /** The boot that ended with it. */
  readonly bootId: string;
  /** The root hash of /usr that ran; "" on a machine without slots. */
  readonly usrHash: string;
  /** Whether fleet was asked to move its units away, by us. */
  readonly drained: boolean;
  /** Whether the reboot lock was held. */
  readonly locked: boolean;
  /** ISO 8601. */
  readonly at: string;
}

/** The boot that runs. */
export type ThisBoot = Pick<RebootRecord, 'bootId' | 'usrHash'>;

/** Why the update that a reboot was for does not run now; undefined when it does, or that cannot be told. Pure. */
export function failedUpdate(record: RebootRecord | undefined, now: ThisBoot): string | undefined {
  if (record === undefined || !record.isUpdate || record.bootId === now.bootId) return undefined;
  if (record.usrHash === '' || record.usrHash !== now.usrHash) return undefined;
  return `the reboot of ${record.at} was for ${record.reason}, and the machine is back on its old system`;
}

/** The root hash of a kernel's command line, "" without one. */
export function usrHashOf(commandLine: string): string {
  return /(?:^|\s)usrhash=([0-9a-f]+)(?:\s|$)/i.exec(commandLine)?.[1]?.toLowerCase() ?? '';
}

export async function thisBoot(): Promise<ThisBoot> {
  const kernel = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
  // A container that boots again may have the kernel's id of before; its PID 1 began at another moment.
  const began = (await readFile('/proc/1/stat', 'utf8')).replace(/^.*\) /s, '').split(' ')[19] ?? '';
  return { bootId: `${kernel} ${began}`, usrHash: usrHashOf(commandLine()) };
}

/** The record, or undefined when there is none that can be read. */
export async function readRecord(path = rebootRecordPath): Promise<RebootRecord | undefined> {
  try {
    const value: unknown = JSON.parse((await readFileIfExists(path)) ?? '');
    const isRecord = typeof value === 'object' && value !== null && 'bootId' in value && 'reason' in value;
    return isRecord ? (value as RebootRecord) : undefined;
  } catch {
    return undefined;
  }
}

export async function writeRecord(record: RebootRecord, path = rebootRecordPath): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(record)}\n`);
}

export async function removeRecord(path = rebootRecordPath): Promise<void> {
  await removeFileIfExists(path);
}
