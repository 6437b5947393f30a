// The mounts that seal /usr, as commands in their order: pure. The unit of the boot and the command run the same.

import { type Mount, mountAt } from '../mount-info.ts';
import { isMountedOverItself } from './state.ts';

/** A program with its arguments. */
export type Step = readonly string[];

export interface SealTarget {
  /** Default `/usr`. */
  readonly usr?: string;
  /** Folders below it that stay writable. */
  readonly writable?: readonly string[];
  /** A folder of our own on a tmpfs, where the read-only mount is made ready. Made if missing. */
  readonly stage?: string;
}

export const defaultStage = '/run/keelson/seal-usr';

/**
 * INVARIANTS
 * - Up to the last step /usr is as it was: ended anywhere, it is not sealed, and nothing is in anybody's way.
 * - The last step makes it read-only at once, here and in the namespaces of services that run: a mount that
 *   is made reaches them, a mount that is made read-only later would not.
 * - What is mounted below /usr already stays there, and as writable as it was.
 */
export function sealSteps(mounts: readonly Mount[], target: SealTarget = {}): readonly Step[] {
  const { usr = '/usr', writable = [], stage = defaultStage } = target;
  const fresh = writable.filter((path) => mountAt(mounts, path) === undefined);
  if (mountAt(mounts, usr) !== undefined) return sealMounted(mounts, usr, writable);
  const ready = `${stage}/usr`;
  return [
    ['mkdir', '-p', '-m', '0700', stage],
    // Private, so that nothing of the making is seen elsewhere.
    ['mount', '-t', 'tmpfs', '-o', 'mode=0700,size=64k', 'keelson-seal-usr', stage],
    ['mount', '--make-private', stage],
    ['mkdir', ready],
    ['mount', '--rbind', usr, ready],
    ['mount', '--make-rprivate', ready],
    ['mount', '-o', 'remount,bind,ro', ready],
    ...fresh.map((path) => ['mount', '--rbind', path, `${ready}${path.slice(usr.length)}`]),
    ['mount', '--rbind', ready, usr],
  ];
}

/**
 * A mount of its own, be it a partition or an open seal, needs no second one. Its own flag and not its file
 * system's: a subvolume or a bind mount shares that with others, maybe with the root.
 */
function sealMounted(mounts: readonly Mount[], usr: string, writable: readonly string[]): readonly Step[] {
  const steps: Step[] = [];
  for (const path of writable) {
    if (mountAt(mounts, path) === undefined) steps.push(['mount', '--bind', path, path]);
    // Also after the bind, which takes over that /usr is sealed already.
    steps.push(openStep(path));
  }
  for (const { mountPoint } of mounts) {
    const was = mountPoint.startsWith(`${usr}/`) && isMountedOverItself(mounts, mountPoint);
    if (!was || writable.includes(mountPoint)) continue;
    // With what is mounted below it the mount cannot go: that would be gone as well.
    const burdened = mounts.some((other) => other.mountPoint.startsWith(`${mountPoint}/`));
    steps.push(burdened ? closeStep(mountPoint) : ['umount', '--lazy', mountPoint]);
  }
  return [...steps, closeStep(usr)];
}

/** Takes away what `sealSteps` left on its way; each may fail, when there is nothing. */
export function tidySteps(stage: string = defaultStage): readonly Step[] {
  return [
    ['umount', '--recursive', '--quiet', stage],
    ['rmdir', stage],
  ];
}

/** Opens a sealed mount in the namespace it is run in, and closes it again. */
export const openStep = (usr = '/usr'): Step => ['mount', '-o', 'remount,bind,rw', usr];
export const closeStep = (usr = '/usr'): Step => ['mount', '-o', 'remount,bind,ro', usr];
