// What a daemon knows of its earlier runs, from two files: one that lasts until the next boot, and one for after.

import type { Files } from './files.ts';
import { asFields } from './registry/records.ts';

export interface Remembered {
  readonly instance: string;
  readonly lease: string | undefined;
  /** Who this machine was before its last boot. */
  readonly before: string | undefined;
}

export interface MemoryOptions {
  readonly files: Files;
  /** `/run/fleet/lease`: remembers the lease and who we are, until the next boot. */
  readonly leaseFile: string;
  /** `/var/lib/fleet/member`: the same of this machine's last time in the cluster, also across boots. */
  readonly memberFile: string;
  /** A fresh random name for this boot of this machine. */
  readonly newInstance: () => string;
}

/** Who this machine is in this boot, the lease that it had, and who it was before. */
export async function remember(options: MemoryOptions): Promise<Remembered> {
  const { files, leaseFile, memberFile, newInstance } = options;
  const { instance, lease } = readRemembered(await files.readIfExists(leaseFile));
  const { instance: before } = readRemembered(await files.readIfExists(memberFile));
  return {
    instance: instance ?? newInstance(),
    lease,
    before: before === instance ? undefined : before,
  };
}

/** Written with each lease. */
export async function saveLease(
  { files, leaseFile }: MemoryOptions,
  remembered: Pick<Remembered, 'instance' | 'lease'>,
): Promise<void> {
  await files.writeDurably(leaseFile, JSON.stringify(remembered));
}

/** Written once a boot. */
export async function saveForNextBoot({ files, memberFile }: MemoryOptions, instance: string): Promise<void> {
  const text = JSON.stringify({ instance });
  if ((await files.readIfExists(memberFile)) !== text) await files.writeDurably(memberFile, text);
}

/** Notes in the file of this run that the mark of being away is in the store. */
export async function rememberAway(files: Files, leaseFile: string): Promise<void> {
  const { instance, lease } = readRemembered(await files.readIfExists(leaseFile));
  await files.writeDurably(leaseFile, JSON.stringify({ instance, lease, away: true }));
}

/** What the file of an earlier run says; nothing for one that cannot be read. */
export function readRemembered(text: string | undefined): {
  readonly instance: string | undefined;
  readonly lease: string | undefined;
  /** The mark of being away was put in the store. */
  readonly away: boolean;
} {
  try {
    const { instance, lease, away } = asFields(JSON.parse(text ?? '{}')) ?? {};
    return {
      instance: typeof instance === 'string' ? instance : undefined,
      lease: typeof lease === 'string' ? lease : undefined,
      away: away === true,
    };
  } catch {
    return { instance: undefined, lease: undefined, away: false };
  }
}
