// Whether /usr can be written to, and what keeps it from being written to: pure, from what is mounted.

import { isReadOnly, type Mount, mountAt, mountOf } from '../mount-info.ts';

/** What keeps /usr as it is. */
export type SealKind =
  /** A verity slot of an image: every block is compared with a hash. */
  | 'verity'
  /** The file system itself is read-only: an image, or mounted so by fstab. */
  | 'file-system'
  /** The mount is read-only, the file system below it is not: what `keelson seal-usr` does. */
  | 'mount'
  | 'none';

export interface SealState {
  readonly kind: SealKind;
  /** Folders below /usr that are mounts of their own and can be written to. */
  readonly writableBelow: readonly string[];
  /** The extensions of systemd-sysext are merged over /usr. */
  readonly extended: boolean;
}

/** What can be said of the folder `usr` from one namespace's mounts and the kernel's command line. */
export function sealState(mounts: readonly Mount[], cmdline: string, usr = '/usr'): SealState {
  const top = mountOf(mounts, usr);
  const extended = top !== undefined && isExtension(top);
  const bare = mounts.filter((mount) => !isExtension(mount));
  const mount = mountOf(bare, usr);
  const below = bare.filter(
    (other) =>
      other.mountPoint.startsWith(`${usr}/`) &&
      mountAt(bare, other.mountPoint) === other &&
      !isReadOnly(other) &&
      other.type !== 'autofs',
  );
  return {
    kind: mount === undefined ? 'none' : kindOf(mount, cmdline),
    writableBelow: below.map(({ mountPoint }) => mountPoint).sort(),
    extended,
  };
}

function kindOf(mount: Mount, cmdline: string): SealKind {
  if (!isReadOnly(mount)) return 'none';
  const mapped = /^\/dev\/(mapper\/usr|dm-\d+)$/.test(mount.source);
  if (mapped && /(^|\s)usrhash=/.test(cmdline)) return 'verity';
  return mount.superOptions.includes('ro') ? 'file-system' : 'mount';
}

/**
 * Whether a folder is mounted over itself, as the seal on a /usr of the root file system is; a partition or
 * a subvolume of its own is not.
 */
export function isMountedOverItself(mounts: readonly Mount[], path: string): boolean {
  const mount = mountAt(mounts, path);
  const parent = mounts.find(({ id }) => id === mount?.parent);
  if (mount === undefined || parent === undefined || mount.device !== parent.device) return false;
  const inParent = path.slice(parent.mountPoint === '/' ? 0 : parent.mountPoint.length);
  return mount.root === (parent.root === '/' ? inParent : `${parent.root}${inParent}`);
}

/** systemd-sysext names its overlay so. */
function isExtension({ type, source }: Mount): boolean {
  return type === 'overlay' && source === 'sysext';
}
