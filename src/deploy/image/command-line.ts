// The kernel's command line. Decides only.

/**
 * What a system that is booted from a slot needs to know. It does not name the slot: the partitions are found by
 * the UUIDs that follow from the root hash, so that one UKI serves either, and only on the disk that was booted
 * (65-keelson-boot-disk.rules).
 */
export function slotCommandLine(rootHash: string, extra: readonly string[] = []): string {
  return [
    `usrhash=${rootHash}`,
    'systemd.verity_usr_data=/dev/keelson/usr',
    'systemd.verity_usr_hash=/dev/keelson/usr-verity',
    // A block that does not fit its hash ends this boot; the panic below ends it as a try that failed.
    'systemd.verity_usr_options=panic-on-corruption',
    // Said explicitly: else rootfstype= and rootflags= would count for /usr as well.
    'mount.usrfstype=squashfs',
    'mount.usrflags=ro',
    'root=/dev/keelson/root',
    'rootfstype=ext4',
    'rw',
    // sfdisk writes entries and header of a table one after the other. When power fails in between, the copy at
    // the disk's end is whole; the kernel looks at it only when it is told to.
    'gpt',
    'panic=5',
    ...extra,
  ].join(' ');
}

/** What a system needs that was loaded over the network and lives in memory; see memory-root.ts. */
export function memoryCommandLine(extra: readonly string[] = []): string {
  // No disk of the machine is touched: it may be there to be installed to.
  return ['systemd.gpt_auto=0', 'panic=5', ...extra].join(' ');
}
