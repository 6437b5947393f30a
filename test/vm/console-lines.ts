// Lines on the serial console that tell how far a boot came, so that a test need not wait for all of it.

/** The kernel was started for the /usr with this root hash. */
export const startedWith = (rootHash: string): RegExp =>
  new RegExp(`Command line: [^\\n]*usrhash=${rootHash}`);

/** systemd was started from that /usr, which dm-verity has let through as far as it was read. */
export const inRealRoot = (rootHash: string): RegExp =>
  new RegExp(
    `Command line: [^\\n]*usrhash=${rootHash}(?:(?!Linux version)[\\s\\S])*Welcome to (?![^\\n]*[Ii]nit)`,
  );
